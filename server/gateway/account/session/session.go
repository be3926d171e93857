// Package session owns sessions and the tickets that open a stream with one: it
// begins them, tells whose a token is, and ends them.
//
// A session is alive until it is revoked, not used for IdleLife, or as old as
// AbsoluteLife; a bot's token only until it is revoked. What an Authority
// remembers is 2 s old at most, and never from before a revocation that this
// process was told of (promise R). What is done in a caller's transaction (Begin,
// Revoke, EndAll) is remembered until that caller says Forget. Who may begin a
// session is for others to decide; the tables are package account's.
//
// New starts nothing, Run does what goes on in the background, and all other
// methods and functions may be called concurrently.
package session

import (
	"errors"
	"log/slog"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/gateway/account/suspension"
	"github.com/chatctl/chatctl/server/store"
)

// How long things live.
const (
	TicketLife   = 30 * time.Second
	IdleLife     = 30 * 24 * time.Hour  // of a session that is not used
	AbsoluteLife = 365 * 24 * time.Hour // of any session
	repeatLife   = 24 * time.Hour       // in which the session that asked for an erasure can ask again
)

// What secrets begin with, so that people and scanners know what they have found.
const (
	tokenPrefix  = "chatctl_"
	ticketPrefix = "chatctlticket_"
)

// Principal is who makes a request.
type Principal struct {
	User      api.UserID
	Handle    string
	Session   api.SessionID
	Since     int64 // the account's version when the session began
	Grants    []string
	Suspended bool
	Until     api.Time // of the suspension; 0: for good
	Resuming  bool     // the suspension has ended, and chat does not know it yet
	Lasting   bool     // the session is a bot's token
	Exempt    bool     // from limits: has the grant loadtest, or is Throwaway
	Throwaway bool     // was made for a load test
	Ended     bool     // the session was revoked, or its account erased: see Authority.Ended and Authority.Erased
}

// Barred is what to answer instead of doing anything for who is suspended; nil for who is not.
func (p Principal) Barred() error { return barred(p.Suspended, p.Until, p.Resuming) }

func barred(suspended bool, until api.Time, resuming bool) error {
	switch {
	case suspended:
		return suspension.Refusal(until)
	case resuming:
		return suspension.Resuming()
	}
	return nil
}

// Authority tells whose tokens are, and ends sessions.
type Authority struct {
	db        store.DB
	standings *standing.Publisher
	log       *slog.Logger
	now       func() time.Time
	cache     *cache
	used      *uses
}

// New makes the authority over the sessions in db; standings tells chat of those that end.
func New(db store.DB, standings *standing.Publisher, log *slog.Logger, now func() time.Time) *Authority {
	return &Authority{db: db, standings: standings, log: log, now: now, cache: newCache(now), used: newUses()}
}

// time is the moment that rows are written with.
func (a *Authority) time() api.Time { return api.TimeOf(a.now()) }

func (a *Authority) ago(d time.Duration) api.Time { return api.TimeOf(a.now().Add(-d)) }

// Start is what a session is begun with.
type Start struct {
	User    api.UserID
	Handle  string
	Name    string // for the person's own list
	Network []byte // a digest of where it was signed in from; nil: not known
	Lasting bool   // a bot's: ends only when it is revoked
}

// Begin adds a session to an account. Its Since is the version at that moment.
// store.ErrNoRow: the account is deleted.
func Begin(tx store.Tx, in Start, now api.Time) (api.SignedIn, error) {
	var version, suspended, resuming int64
	var until api.Time
	err := tx.Row(beginSession, in.User).Scan(&version, &suspended, &until, &resuming)
	if err == nil {
		err = barred(suspended != 0, until, resuming != 0)
	}
	if err != nil {
		return api.SignedIn{}, err
	}
	token, digest := secret.New(tokenPrefix)
	id, lasting := api.NewSessionID(), 0
	if in.Lasting {
		lasting = 1
	}
	_, err = tx.Exec(insertSession, id, in.User, digest[:], in.Name, in.Network, version, now, lasting)
	return api.SignedIn{Token: token, User: in.User, Session: id, Handle: in.Handle}, err
}

// Drop deletes a session that nobody was told of.
func Drop(tx store.Tx, id api.SessionID) error {
	_, err := tx.Exec(deleteSession, id)
	return err
}

// found is a session's row with its account's.
type found struct {
	principal Principal
	created   api.Time
	lastUsed  api.Time
	revoked   api.Time
	notBefore int64
	deleted   int64
}

func find(tx store.Tx, query string, key any) (f found, err error) {
	var suspended, resuming, throwaway, lasting int64
	p := &f.principal
	err = tx.Row(query, key).Scan(&p.Session, &p.User, &p.Since, &f.created, &f.lastUsed, &f.revoked, &lasting,
		&p.Handle, &suspended, &p.Until, &resuming, &f.deleted, &f.notBefore, &throwaway)
	if err != nil {
		return f, err
	}
	if p.Grants, err = register.Grants(tx, p.User); err != nil {
		return f, err
	}
	p.Suspended, p.Resuming, p.Lasting = suspended != 0, resuming != 0, lasting != 0
	p.Ended = f.revoked != 0 || p.Since < f.notBefore
	p.Throwaway = throwaway != 0
	p.Exempt = p.Throwaway
	for _, g := range p.Grants {
		p.Exempt = p.Exempt || g == register.LoadTest
	}
	return f, nil
}

// alive reports whether the session may be used. A suspended account's is alive; its use is refused elsewhere.
func (a *Authority) alive(f found) bool { return !f.principal.Ended && a.unexpired(f) }

func (a *Authority) unexpired(f found) bool {
	return f.deleted == 0 && (f.principal.Lasting || f.lastUsed > a.ago(IdleLife) && f.created > a.ago(AbsoluteLife))
}

// noRow tells that there was no such session, ticket or token.
func noRow(err error) bool { return errors.Is(err, store.ErrNoRow) }

func signedOut() error { return api.NewProblem("signed_out", "sign in again") }

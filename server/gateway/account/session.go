package account

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

// useEvery is how exactly the last use of a session is known, and so its idle life.
const useEvery = 10 * time.Minute

// mostRevoked bounds an account's standing: with more revoked sessions that
// would still be alive, all its sessions are ended by one number instead.
const mostRevoked = 1000

// What secrets begin with, so that people and scanners know what they have found.
const (
	tokenPrefix  = "chatctl_"
	ticketPrefix = "chatctlticket_"
)

// session is what a session is begun with.
type session struct {
	user    api.UserID
	handle  string
	name    string
	network []byte
	lasting bool // ends only when it is revoked
}

// begin adds a session to an account. Its Since is the version at that moment.
func (s *Service) begin(tx store.Tx, in session) (api.SignedIn, error) {
	var version, suspended int64
	err := tx.Row(beginSession, in.user).Scan(&version, &suspended)
	if err != nil {
		return api.SignedIn{}, err
	}
	if suspended != 0 {
		return api.SignedIn{}, api.NewProblem("forbidden", "the account is suspended")
	}
	token, digest := secret.New(tokenPrefix)
	id, lasting := api.NewSessionID(), 0
	if in.lasting {
		lasting = 1
	}
	_, err = tx.Exec(insertSession, id, in.user, digest[:], in.name, in.network, version, s.time(), lasting)
	return api.SignedIn{Token: token, User: in.user, Session: id, Handle: in.handle}, err
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

func findSession(tx store.Tx, query string, key any) (f found, err error) {
	var suspended, throwaway, lasting int64
	p := &f.principal
	err = tx.Row(query, key).Scan(&p.Session, &p.User, &p.Since, &f.created, &f.lastUsed, &f.revoked, &lasting,
		&p.Handle, &suspended, &f.deleted, &f.notBefore, &throwaway)
	if err != nil {
		return f, err
	}
	if p.Grants, err = grantsOf(tx, p.User); err != nil {
		return f, err
	}
	p.Suspended, p.Lasting = suspended != 0, lasting != 0
	p.Ended = f.revoked != 0 || p.Since < f.notBefore
	p.Throwaway = throwaway != 0
	p.Exempt = p.Throwaway
	for _, g := range p.Grants {
		p.Exempt = p.Exempt || g == LoadTest
	}
	return f, nil
}

// alive reports whether the session may be used. A suspended account's is alive; its use is refused elsewhere.
func (s *Service) alive(f found) bool { return !f.principal.Ended && s.unexpired(f) }

func (s *Service) unexpired(f found) bool {
	return f.deleted == 0 && (f.principal.Lasting || f.lastUsed > s.ago(IdleLife) && f.created > s.ago(AbsoluteLife))
}

// lookup reads a session and notes its use.
func (s *Service) lookup(ctx context.Context, query string, key any) (f found, err error) {
	err = s.db.Read(ctx, func(tx store.Tx) error {
		f, err = findSession(tx, query, key)
		return err
	})
	if errors.Is(err, store.ErrNoRow) || err == nil && !s.unexpired(f) {
		return found{}, signedOut()
	}
	if err == nil {
		s.noteUse(f)
	}
	return f, err
}

func (s *Service) noteUse(f found) {
	if s.alive(f) && f.lastUsed < s.ago(useEvery) {
		s.used.note(f.principal.Session, s.time())
	}
}

// Authenticate tells whose token it is; the problem signed_out when it is
// nobody's now. Its answer may be 2 s old, but never from before a revocation
// that this process was told of.
func (s *Service) Authenticate(ctx context.Context, token string) (Principal, error) {
	digest, ok := secret.Of(tokenPrefix, token)
	if !ok {
		return Principal{}, signedOut()
	}
	p, turn, ok := s.cache.get(digest)
	if ok {
		return p, nil
	}
	read := s.now()
	f, err := s.lookup(ctx, sessionOfToken, digest[:])
	if err != nil {
		return Principal{}, err
	}
	if f.principal.Ended {
		return Principal{}, signedOut()
	}
	s.cache.put(digest, f.principal, read, turn)
	return f.principal, nil
}

// Ended is Authenticate for a token that may be revoked: so that a sign-out
// which was answered "unavailable" is answered again when it is repeated. What
// it returns may do nothing but end its own session.
func (s *Service) Ended(ctx context.Context, token string) (Principal, error) {
	digest, ok := secret.Of(tokenPrefix, token)
	if !ok {
		return Principal{}, signedOut()
	}
	f, err := s.lookup(ctx, sessionOfToken, digest[:])
	return f.principal, err
}

// Forget drops what is remembered of an account's sessions: something that another gateway did was heard of.
func (s *Service) Forget(user api.UserID) { s.cache.forget(user) }

// Sessions lists a person's own sessions, the 200 used last, newest use first.
func (s *Service) Sessions(ctx context.Context, p Principal) ([]api.Session, error) {
	var list []api.Session
	err := s.db.Read(ctx, func(tx store.Tx) (err error) {
		list, err = s.sessionsOf(tx, p.User, p.Session)
		return err
	})
	return list, err
}

func (s *Service) sessionsOf(tx store.Tx, user api.UserID, current api.SessionID) ([]api.Session, error) {
	list := []api.Session{}
	err := tx.Each(sessionsOfUser, func(r store.Row) error {
		var one api.Session
		var lasting int64
		if err := r.Scan(&one.Session, &one.Name, &one.Created, &one.LastUsed, &lasting); err != nil {
			return err
		}
		one.Current, one.Lasting = one.Session == current, lasting != 0
		list = append(list, one)
		return nil
	}, user, s.ago(IdleLife), s.ago(AbsoluteLife))
	return list, err
}

// Revoke ends one of the person's own sessions and returns once chat refuses its
// actions (promise R). After the problem unavailable the change stands, and the
// call can be repeated.
func (s *Service) Revoke(ctx context.Context, p Principal, id api.SessionID) error {
	if p.Ended && id != p.Session {
		return signedOut()
	}
	var version int64
	err := s.db.InTx(ctx, func(tx store.Tx) (err error) {
		version, err = s.revoke(tx, p.User, id)
		return err
	})
	if err != nil {
		return err
	}
	s.cache.forget(p.User)
	return s.settled(ctx, p.User, version)
}

// revoke ends one session of an account, and tells the account's version that says so.
func (s *Service) revoke(tx store.Tx, user api.UserID, id api.SessionID) (version int64, err error) {
	n, err := tx.Exec(revokeSession, id, user, s.time())
	if err != nil {
		return 0, err
	}
	if n == 0 { // revoked before, or none of theirs
		err := tx.Row(sessionExists, id, user).Scan(&version)
		if errors.Is(err, store.ErrNoRow) {
			err = api.NewProblem("not_found", "there is no such session")
		}
		return version, err
	}
	if version, err = standing.Raise(tx, user); err != nil {
		return 0, err
	}
	return version, boundRevoked(tx, user, version)
}

// endAll ends every session of an account that has begun by now.
func endAll(tx store.Tx, user api.UserID) (version int64, err error) {
	if version, err = standing.Raise(tx, user); err != nil {
		return 0, err
	}
	_, err = tx.Exec(endAllBefore, user, version)
	return version, err
}

func boundRevoked(tx store.Tx, user api.UserID, version int64) error {
	var n int64
	if err := tx.Row(countRevoked, user).Scan(&n); err != nil || n <= mostRevoked {
		return err
	}
	_, err := tx.Exec(endAllBefore, user, version)
	return err
}

// Ticket makes a ticket for the principal's session: it is good for one Redeem within TicketLife.
func (s *Service) Ticket(ctx context.Context, p Principal) (string, error) {
	ticket, digest := secret.New(ticketPrefix)
	err := s.db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(insertTicket, digest[:], p.Session, s.time()+api.Time(TicketLife.Milliseconds()))
		return err
	})
	return ticket, err
}

// Redeem takes a ticket and tells whose it is; of several calls one gets it.
func (s *Service) Redeem(ctx context.Context, ticket string) (Principal, error) {
	digest, ok := secret.Of(ticketPrefix, ticket)
	if !ok {
		return Principal{}, signedOut()
	}
	var f found
	err := s.db.InTx(ctx, func(tx store.Tx) error {
		var id api.SessionID
		var expires api.Time
		if err := tx.Row(takeTicket, digest[:]).Scan(&id, &expires); err != nil {
			return err
		}
		if expires <= s.time() {
			return store.ErrNoRow
		}
		var err error
		f, err = findSession(tx, sessionOfID, id)
		return err
	})
	if errors.Is(err, store.ErrNoRow) || err == nil && !s.alive(f) {
		return Principal{}, signedOut()
	}
	return f.principal, err
}

// Standing is whether a session may stay connected.
type Standing byte

// The standings of a session.
const (
	SessionEnded Standing = iota // revoked, too old, or never there: sign in again
	SessionAlive
	AccountSuspended // signing in again would not help
)

// Recheck tells which sessions may still be connected; one that it does not name has ended.
func (s *Service) Recheck(ctx context.Context, ids []api.SessionID) (map[api.SessionID]Standing, error) {
	standings := make(map[api.SessionID]Standing, len(ids))
	err := s.db.Read(ctx, func(tx store.Tx) error {
		clear(standings)
		for _, id := range ids {
			f, err := findSession(tx, sessionOfID, id)
			switch {
			case errors.Is(err, store.ErrNoRow):
			case err != nil:
				return err
			case f.principal.Suspended:
				standings[id] = AccountSuspended
			case s.alive(f):
				standings[id] = SessionAlive
				s.noteUse(f)
			}
		}
		return nil
	})
	return standings, err
}

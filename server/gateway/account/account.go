// Package account owns the accounts: signing up and in, what people change of
// their own account, and the database that all of this lies in, which nobody
// else reads. Its rooms own the parts: who there is (register), sessions
// (session), guessed passwords (guard), codes in letters (code), invites (invite),
// suspensions (suspension), erasures (erasure), what administrators do (office)
// and what is written down of it (audit), and what chat is told (standing).
//
// What chat must know of an account (its standing) is raised to a new version in
// the transaction that changes it and published to the topic accounts until that
// is done, across restarts; calls that promise something (promise R, sign-up)
// return once chat has applied that version, or after 10 s with a problem: the
// change stands then and goes on. What a caller did wrong is an *api.Problem.
//
// New starts nothing; Migrate comes first, and Run does what goes on in the
// background. All other methods may be called concurrently.
package account

import (
	"context"
	"log/slog"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/office"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/gateway/account/suspension"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
)

// signupLife is in which time a new code for a sign-up can be had.
const signupLife = 24 * time.Hour

// HashParams are the costs of hashing a password.
type HashParams = password.Params

// Config is what the accounts are made of.
type Config struct {
	DB   store.DB
	Mail mail.Sender
	// Publish stores records on the topic accounts, keyed by user; it sets their partition.
	Publish func(ctx context.Context, recs []bus.Record) error
	// Applied returns nil once chat has applied that version of the user's
	// standing, and an error when ctx ends first.
	Applied func(ctx context.Context, user api.UserID, version int64) error
	Erase   erasure.Chat // how chat erases; Applied is taken from above
	Joining Policy       // who may sign up
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
	Hash    HashParams       // zero: password.Default
}

// Service is the accounts.
type Service struct {
	*session.Authority
	*office.Office

	db     store.DB
	policy Policy
	log    *slog.Logger
	now    func() time.Time

	keys      *secret.Keys // read by Migrate
	guard     *guard.Guard
	codes     *code.Codes
	handles   *handles
	standings *standing.Publisher
	eraser    *erasure.Eraser
	lifter    *suspension.Lifter
	postman   *mail.Postman
}

// New makes the accounts of c.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Hash == (HashParams{}) {
		c.Hash = password.Default()
	}
	keys := new(secret.Keys)
	s := &Service{
		db: c.DB, policy: c.Joining, log: c.Log, now: c.Now,
		keys: keys, guard: guard.New(c.DB, keys, c.Hash, c.Now), codes: code.New(keys, c.Now),
		handles: newHandles(), postman: mail.NewPostman(c.Mail, c.Log),
	}
	s.standings = standing.New(standing.Config{DB: c.DB, Publish: c.Publish, Applied: c.Applied, Log: c.Log,
		Living: func() (usedAfter, createdAfter api.Time) { return session.Living(c.Now()) }})
	c.Erase.Applied = c.Applied
	s.eraser = erasure.New(c.DB, c.Erase, func(u api.UserID, c api.ConversationID) api.ActionID { return keys.Erasure(u, c) }, s.standings.Wake, c.Log, c.Now)
	s.Authority = session.New(c.DB, s.standings, c.Log, c.Now)
	s.lifter = suspension.New(c.DB, s.standings, s.Forget, c.Log, c.Now)
	s.Office = office.New(office.Config{DB: c.DB, Sessions: s.Authority, Guard: s.guard, Codes: s.codes,
		Standings: s.standings, Eraser: s.eraser, Lifter: s.lifter, Postman: s.postman, Now: c.Now})
	return s
}

// time is the moment that rows are written with.
func (s *Service) time() api.Time { return api.TimeOf(s.now()) }

func (s *Service) ago(d time.Duration) api.Time { return api.TimeOf(s.now().Add(-d)) }

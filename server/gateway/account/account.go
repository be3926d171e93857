// Package account owns the accounts: signing up and in, sessions, tickets,
// suspension and grants, in a database of its own that nobody else reads.
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
	"errors"
	"log/slog"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
)

// How long things live.
const (
	CodeLife      = 10 * time.Minute
	TicketLife    = 30 * time.Second
	IdleLife      = 30 * 24 * time.Hour  // of a session that is not used
	AbsoluteLife  = 365 * 24 * time.Hour // of any session
	signupLife    = 24 * time.Hour       // in which a new code can be had
	appliedWithin = 10 * time.Second
)

// The grants.
const (
	Administrator = "admin"    // may administer
	LoadTest      = "loadtest" // may make throw-away people, and is not limited
)

// ErrLate is what Config.Applied may return when chat has not applied a standing in time.
var ErrLate = errors.New("chat has not applied the change yet")

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
	db      store.DB
	applied func(context.Context, api.UserID, int64) error
	policy  Policy
	log     *slog.Logger
	now     func() time.Time
	hasher  *password.Hasher

	keys      secret.Keys // set by Migrate
	cache     *cache
	handles   *handles
	used      *uses
	standings *standing.Publisher
	eraser    *erasure.Eraser
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
	s := &Service{
		db: c.DB, applied: c.Applied, policy: c.Joining, log: c.Log, now: c.Now,
		hasher: password.NewHasher(c.Hash),
		cache:  newCache(c.Now), handles: newHandles(), used: newUses(),
		postman: mail.NewPostman(c.Mail, c.Log),
	}
	s.standings = standing.New(c.DB, c.Publish, s.living, c.Log)
	c.Erase.Applied = c.Applied
	s.eraser = erasure.New(c.DB, c.Erase, func(u api.UserID, c api.ConversationID) api.ActionID { return s.keys.Erasure(u, c) }, s.standings.Wake, c.Log, c.Now)
	return s
}

// Principal is who makes a request.
type Principal struct {
	User      api.UserID
	Handle    string
	Session   api.SessionID
	Since     int64 // the account's version when the session began
	Grants    []string
	Suspended bool
	Lasting   bool // the session is a bot's token
	Exempt    bool // from limits: has the grant loadtest, or is Throwaway
	Throwaway bool // was made for a load test
	Ended     bool // the session was revoked, or its account erased: see Service.Ended and Service.Erased
}

// time is the moment that rows are written with.
func (s *Service) time() api.Time { return api.TimeOf(s.now()) }

func (s *Service) ago(d time.Duration) api.Time { return api.TimeOf(s.now().Add(-d)) }

// settled waits until chat has applied a version of the user's standing.
func (s *Service) settled(ctx context.Context, user api.UserID, version int64) error {
	s.standings.Wake()
	within, cancel := context.WithTimeout(ctx, appliedWithin)
	defer cancel()
	err := s.applied(within, user, version)
	if err != nil && ctx.Err() == nil && (errors.Is(err, ErrLate) || within.Err() != nil) {
		return api.NewProblem("unavailable", "the change is stored and on its way; ask again to learn that it is in force").Later(2)
	}
	return err
}

// living tells which sessions are not over: those used and created after. It
// errs on the long side, for the last use is written down late.
func (s *Service) living() (usedAfter, createdAfter api.Time) {
	return s.ago(IdleLife + useEvery + writeUses), s.ago(AbsoluteLife)
}

func busy() error {
	return api.NewProblem("too_many", "too many passwords are being checked; try again in a moment").Later(1)
}

func signedOut() error { return api.NewProblem("signed_out", "sign in again") }

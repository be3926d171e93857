// Package rest serves the public API over HTTP: one table of routes with who may
// call each and at what price, and a handler for each.
//
// What is the same for all is done once: sizes, the address of a client behind
// proxies, tokens, limits, strict decoding, problems (RFC 9457). Actions go to
// the intake, the stream's route to the streams; what is read is read by the
// chat service's own code. It keeps nothing between two requests. The handler
// may be called concurrently.
package rest

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/flight"
	"github.com/chatctl/chatctl/server/gateway/intake"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"github.com/chatctl/chatctl/server/gateway/stream"
)

// Reader is what requests read of the store. Every method is a current read and
// may be called concurrently. What a reader may not see is answered as what is
// not there: a Problem not_found.
type Reader interface {
	// Version is the person's version: raised when their memberships, blocks or own marks change.
	Version(ctx context.Context, user api.UserID) (int64, error)
	// Heads lists the person's conversations by ascending id after the given one, those that were left included.
	Heads(ctx context.Context, user api.UserID, after api.ConversationID, limit int) ([]api.Head, error)
	// Head is one of them.
	Head(ctx context.Context, user api.UserID, c api.ConversationID) (api.Head, error)
	// Changes are the heads and blocks whose row was changed above a version, at most limit of each; Version is where to go on.
	Changes(ctx context.Context, user api.UserID, after int64, limit int) (api.Changes, error)
	// Entries is a page of the log after a seq, up to to (0: the end), within what the reader may see.
	Entries(ctx context.Context, user api.UserID, c api.ConversationID, after, to int64, limit int) (api.Page, error)
	// Messages is a page of messages only, ascending: those after a seq, or with before > 0 the last ones below it.
	Messages(ctx context.Context, user api.UserID, c api.ConversationID, before, after int64, limit int) (api.Page, error)
	Members(ctx context.Context, user api.UserID, c api.ConversationID, after api.MemberID, limit int) ([]api.Member, error)
	Blocks(ctx context.Context, user api.UserID, after string, limit int) ([]api.Block, error)
	// Own is what the person wrote in a conversation after a seq, every version of it, ascending.
	Own(ctx context.Context, user api.UserID, c api.ConversationID, after int64, limit int) ([]api.Entry, error)
	// Outcome is the stored outcome of the sender's action; a Problem not_known_yet when there is none.
	Outcome(ctx context.Context, sender api.UserID, action api.ActionID) (api.Result, error)
}

// Config is what a Server is made of.
type Config struct {
	Reader     Reader
	Accounts   *account.Service
	Limits     *limit.Limits
	Intake     *intake.Intake
	Streams    *stream.Streams
	Flight     *flight.Recorder
	Proxies    Proxies // whose word is taken about a client's address
	FirstTaken func()  // called when somebody became the first administrator; may be nil
	Log        *slog.Logger
}

// Server answers requests.
type Server struct {
	Config
	signInsFailed atomic.Uint64
}

// New makes a server of requests.
func New(cfg Config) *Server { return &Server{Config: cfg} }

// SignInsFailed counts sign-ins with wrong credentials, or refused after too many of them.
func (s *Server) SignInsFailed() uint64 { return s.signInsFailed.Load() }

// Package admin is the administration API: HTTP under /admin/v1, for whoever can
// open the unix socket that it is served on (New), and for accounts with the grant
// admin over the network (Remote). The socket takes no token: it lies in the data
// directory and only its owner can open it (security, administration).
//
// Every change is audited in the accounts' database, with who made it. The
// handlers may be used concurrently and start nothing.
package admin

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/office"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
)

// owner is the actor of all that comes over the socket, in the audit.
const owner = "owner"

// Mailbox is where letters can be read that no mail server was there to send.
type Mailbox interface {
	// List gives letters to an address ("": to all) by ascending number after one.
	List(to string, after int64, limit int) ([]api.Letter, error)
}

// Reports is where reported messages can be read.
type Reports interface {
	Reports(ctx context.Context, all bool, after int64, limit int) ([]api.Report, error)
	Report(ctx context.Context, number int64) (api.Report, error)
}

// Config is what the administration works on.
type Config struct {
	Accounts *account.Service
	Mailbox  Mailbox // nil: letters are sent by mail
	// Held lists held records by ascending number after one.
	Held func(ctx context.Context, after int64, limit int) ([]api.Held, error)
	// HeldAt reads those at a place that have no sender that can be read, with their bytes.
	HeldAt        func(ctx context.Context, at topic.Place) ([]api.Held, error)
	Reports       Reports
	Conversations Conversations
	Connections   Connections
	Actions       Actions
	// Way is what this gateway remembers of an entry.
	Way func(c api.ConversationID, seq int64) api.Way
	// LogState is how far the log of actions has come.
	LogState func(ctx context.Context) api.LogState
	// Act dates and publishes what only administrators ask for, and waits for its result.
	Act    func(ctx context.Context, e *topic.Envelope) (api.Result, error)
	Status func(ctx context.Context) any
	// Settings are those in force, and where each is from.
	Settings []api.Setting
	Stats    func(ctx context.Context) (api.Stats, error)
	// Backup makes a backup in a new directory of this machine.
	Backup func(ctx context.Context, dir string) (api.Backup, error)
	// Erased lists erased accounts by ascending id after one.
	Erased func(ctx context.Context, after api.UserID, limit int) ([]api.Erased, error)
	Log    *slog.Logger
}

type server struct {
	Config
	// actor tells who makes a request, or why they may not.
	actor  func(*http.Request) (string, error)
	remote bool // over the network
}

// actorKey is where path keeps a request's actor.
type actorKey struct{}

// as is administration by who makes a request.
func (s *server) as(r *http.Request) office.Admin {
	who, _ := r.Context().Value(actorKey{}).(string) // set by path, always
	return s.Accounts.As(who)
}

// route is one row of the table: the answer's status, and what makes the answer.
type route struct {
	method string
	path   string
	status int
	answer func(*server, *http.Request) (any, error)
}

var routes = []route{
	{"POST", "/admin/v1/users", http.StatusCreated, (*server).createUser},
	{"GET", "/admin/v1/users", http.StatusOK, (*server).users},
	{"GET", "/admin/v1/users/{handle}", http.StatusOK, (*server).user},
	{"POST", "/admin/v1/users/{handle}/suspend", http.StatusOK, (*server).suspend},
	{"POST", "/admin/v1/users/{handle}/resume", http.StatusOK, (*server).resume},
	{"DELETE", "/admin/v1/users/{handle}", http.StatusOK, (*server).deleteUser},
	{"POST", "/admin/v1/users/{handle}/reset-password", http.StatusOK, (*server).resetPassword},
	{"GET", "/admin/v1/users/{handle}/sessions", http.StatusOK, (*server).sessions},
	{"DELETE", "/admin/v1/users/{handle}/sessions", http.StatusOK, (*server).revokeAll},
	{"DELETE", "/admin/v1/users/{handle}/sessions/{session}", http.StatusOK, (*server).revoke},
	{"PUT", "/admin/v1/users/{handle}/grants/{grant}", http.StatusOK, (*server).grant},
	{"DELETE", "/admin/v1/users/{handle}/grants/{grant}", http.StatusOK, (*server).ungrant},
	{"POST", "/admin/v1/invites", http.StatusCreated, (*server).createInvite},
	{"GET", "/admin/v1/invites", http.StatusOK, (*server).invites},
	{"DELETE", "/admin/v1/invites/{invite}", http.StatusOK, (*server).revokeInvite},
	{"GET", "/admin/v1/audit", http.StatusOK, (*server).audit},
	{"GET", "/admin/v1/mail", http.StatusOK, (*server).mail},
	{"GET", "/admin/v1/held", http.StatusOK, (*server).held},
	{"POST", "/admin/v1/held/{sender}/{action}/retry", http.StatusOK, (*server).retryHeld},
	{"POST", "/admin/v1/held/{sender}/{action}/drop", http.StatusOK, (*server).dropHeld},
	{"GET", "/admin/v1/held/at/{topic}/{partition}/{position}", http.StatusOK, (*server).heldAt},
	{"POST", "/admin/v1/held/at/{topic}/{partition}/{position}/drop", http.StatusOK, (*server).dropHeldAt},
	{"GET", "/admin/v1/reports", http.StatusOK, (*server).reports},
	{"GET", "/admin/v1/reports/{number}", http.StatusOK, (*server).report},
	{"POST", "/admin/v1/reports/{number}/close", http.StatusOK, (*server).closeReport},
	{"GET", "/admin/v1/conversations", http.StatusOK, (*server).conversations},
	{"GET", "/admin/v1/conversations/{conversation}", http.StatusOK, (*server).conversation},
	{"GET", "/admin/v1/conversations/{conversation}/members", http.StatusOK, (*server).seats},
	{"PUT", "/admin/v1/conversations/{conversation}/owner", http.StatusOK, (*server).handOver},
	{"POST", "/admin/v1/conversations/{conversation}/purge", http.StatusOK, (*server).purge},
	{"GET", "/admin/v1/actions/{action}", http.StatusOK, (*server).action},
	{"GET", "/admin/v1/connections", http.StatusOK, (*server).connections},
	{"GET", "/admin/v1/connections/{connection}", http.StatusOK, (*server).connection},
	{"DELETE", "/admin/v1/connections/{connection}", http.StatusOK, (*server).kick},
	{"POST", "/admin/v1/loadtest/people", http.StatusCreated, (*server).mint},
	{"GET", "/admin/v1/whoami", http.StatusOK, (*server).whoami},
	{"GET", "/admin/v1/status", http.StatusOK, (*server).status},
	{"GET", "/admin/v1/config", http.StatusOK, (*server).config},
	{"GET", "/admin/v1/stats", http.StatusOK, (*server).stats},
	{"POST", "/admin/v1/backups", http.StatusCreated, (*server).backup},
	{"GET", "/admin/v1/erased", http.StatusOK, (*server).erased},
	{"GET", "/admin/v1/openapi.yaml", http.StatusOK, (*server).describe},
}

// document is an answer that is written as it is, not as JSON.
type document string

// describe gives the document of all these routes.
func (*server) describe(*http.Request) (any, error) { return document(api.AdminOpenAPI), nil }

// Routes are the patterns of the table, for who holds the document and the authorization table to them.
func Routes() []string {
	patterns := make([]string, len(routes))
	for i, r := range routes {
		patterns[i] = r.method + " " + r.path
	}
	return patterns
}

// New is the handler of c for who owns the machine: it asks nobody who they are.
func New(c Config) http.Handler {
	return handler(&server{Config: c, actor: func(*http.Request) (string, error) { return owner, nil }})
}

// Remote is the handler of c for accounts with the grant admin, named by the
// token of a session.
func Remote(c Config) http.Handler {
	return handler(&server{Config: c, remote: true, actor: func(r *http.Request) (string, error) {
		token, ok := session.Bearer(r.Header.Get("Authorization"))
		if !ok {
			return "", api.NewProblem("signed_out", "send Authorization: Bearer and the token of a session")
		}
		p, err := c.Accounts.Authenticate(r.Context(), token)
		if err != nil {
			return "", err
		}
		if p.Resuming {
			return "", p.Barred()
		}
		if p.Suspended || !slices.Contains(p.Grants, register.Administrator) {
			return "", api.NewProblem("forbidden", "the account needs the grant %s", register.Administrator)
		}
		return office.By(p.Handle), nil
	}})
}

func handler(s *server) http.Handler {
	paths := map[string]map[string]route{}
	for _, r := range routes {
		if paths[r.path] == nil {
			paths[r.path] = map[string]route{}
		}
		paths[r.path][r.method] = r
	}
	mux := http.NewServeMux()
	for path, methods := range paths {
		mux.Handle(path, s.path(methods))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.problem(w, r, api.NewProblem("not_found", "there is no such route"))
	})
	return mux
}

package rest

import (
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// who may call a route.
type who int

const (
	anyone   who = iota
	signedIn     // with a token of an account that is not suspended
	opening      // the stream: by token, or by its first frame
	leaving      // as signedIn, and a session that was ended may ask for its own end again
	erasing      // as signedIn, and the session that erased its account may ask for that again
)

// route is one row of the table: the authorization test walks it.
type route struct {
	pattern string
	who     who
	limit   limit.Class
	handle  handler
}

var routes = []route{
	{"POST /v1/accounts", anyone, limit.SignUp, takes(http.StatusAccepted, (*Server).signUp)},
	{"POST /v1/accounts/verify", anyone, limit.Code, takes(http.StatusCreated, (*Server).verify)},
	{"POST /v1/accounts/resend", anyone, limit.Code, takes(http.StatusAccepted, (*Server).resend)},
	{"POST /v1/accounts/forgot", anyone, limit.Code, takes(http.StatusAccepted, (*Server).forgot)},
	{"POST /v1/accounts/reset", anyone, limit.Code, takes(http.StatusCreated, (*Server).reset)},
	{"POST /v1/sessions", anyone, limit.SignIn, takes(http.StatusCreated, (*Server).signIn)},
	{"GET /v1/sessions", signedIn, limit.Read, gives((*Server).sessions)},
	{"DELETE /v1/sessions/{session}", leaving, limit.Read, (*Server).signOut},
	{"POST /v1/tokens", signedIn, limit.Code, takes(http.StatusCreated, (*Server).token)},
	{"POST /v1/bootstrap", signedIn, limit.Code, does((*Server).bootstrap)},
	{"POST /v1/tickets", signedIn, limit.Read, (*Server).ticket},
	{"GET /v1/me", signedIn, limit.Read, gives((*Server).me)},
	{"PUT /v1/me", signedIn, limit.Read, takes(http.StatusOK, (*Server).setProfile)},
	{"PATCH /v1/me", signedIn, limit.Read, takes(http.StatusOK, (*Server).patchMe)},
	{"POST /v1/me/password", signedIn, limit.SignIn, does((*Server).changePassword)},
	{"POST /v1/me/email", signedIn, limit.SignIn, takes(http.StatusAccepted, (*Server).changeEmail)},
	{"POST /v1/me/email/confirm", signedIn, limit.Code, does((*Server).confirmEmail)},
	{"POST /v1/me/erase", erasing, limit.SignIn, does((*Server).erase)},
	{"GET /v1/me/export", signedIn, limit.Export, (*Server).export},
	{"GET /v1/me/changes", signedIn, limit.Read, gives((*Server).changes, "after")},
	{"GET /v1/me/blocks", signedIn, limit.Read, gives((*Server).blocks, "after")},
	{"PUT /v1/me/blocks/{handle}", signedIn, limit.Send, action(api.SetBlock, toHandle)},
	{"DELETE /v1/me/blocks/{handle}", signedIn, limit.Send, action(api.ClearBlock, toHandle)},
	{"GET /v1/conversations", signedIn, limit.Read, gives((*Server).conversations, "after", "limit")},
	{"POST /v1/conversations", signedIn, limit.Send, action(api.CreateGroup, withGroup)},
	{"GET /v1/conversations/{conversation}", signedIn, limit.Read, gives((*Server).conversation)},
	{"PATCH /v1/conversations/{conversation}", signedIn, limit.Send, action(api.RenameGroup, inConversation, withName)},
	{"GET /v1/conversations/{conversation}/members", signedIn, limit.Read, gives((*Server).members, "after", "limit")},
	{"POST /v1/conversations/{conversation}/members", signedIn, limit.Send, action(api.AddMember, inConversation, withTo)},
	{"DELETE /v1/conversations/{conversation}/members/{member}", signedIn, limit.Send, action(api.RemoveMember, inConversation, onMemberOrMe)},
	{"PATCH /v1/conversations/{conversation}/members/{member}", signedIn, limit.Send, action(api.SetRole, inConversation, onMember, withRole)},
	{"POST /v1/conversations/{conversation}/messages", signedIn, limit.Send, action(api.SendMessage, inConversation, withMessage)},
	{"GET /v1/conversations/{conversation}/messages", signedIn, limit.Read, gives((*Server).messages, "before", "after", "limit")},
	{"PATCH /v1/conversations/{conversation}/messages/{seq}", signedIn, limit.Send, action(api.EditMessage, inConversation, onMessage, withText)},
	{"DELETE /v1/conversations/{conversation}/messages/{seq}", signedIn, limit.Send, action(api.DeleteMessage, inConversation, onMessage)},
	{"POST /v1/conversations/{conversation}/messages/{seq}/report", signedIn, limit.Send, action(api.ReportMessage, inConversation, onMessage, withText)},
	{"GET /v1/conversations/{conversation}/entries", signedIn, limit.Read, gives((*Server).entries, "after", "to", "limit")},
	{"PUT /v1/conversations/{conversation}/marks", signedIn, limit.Mark, does((*Server).mark)},
	{"GET /v1/direct/{handle}", signedIn, limit.Read, gives((*Server).direct)},
	{"POST /v1/direct/{handle}/messages", signedIn, limit.Send, action(api.SendMessage, toHandle, withMessage)},
	{"GET /v1/actions/{action}", signedIn, limit.Read, gives((*Server).outcome)},
	{"POST /v1/loadtest/people", signedIn, limit.Read, (*Server).mint},
	{"GET /v1/stream", opening, limit.Connect, (*Server).stream},
	{"GET /v1/openapi.yaml", anyone, limit.Read, document(api.OpenAPI)},
	{"GET /v1/asyncapi.yaml", anyone, limit.Read, document(api.AsyncAPI)},
}

// Routes are the patterns of the table, for who holds the documents and the
// authorization table to them.
func Routes() []string {
	patterns := make([]string, len(routes))
	for i, r := range routes {
		patterns[i] = r.pattern
	}
	return patterns
}

func document(text string) handler {
	return func(_ *Server, w http.ResponseWriter, _ *request) error {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write([]byte(text)) // the client may be gone
		return nil
	}
}

// Handler serves the public API.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.pattern, s.serve(r))
	}
	return s.outermost(mux)
}

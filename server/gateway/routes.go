package gateway

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
)

// route is one row of the table: the authorization test walks it.
type route struct {
	pattern string
	who     who
	limit   limit.Class
	handle  func(*Gateway, http.ResponseWriter, *request) error
}

var routes = []route{
	{"POST /v1/accounts", anyone, limit.SignUp, (*Gateway).signUp},
	{"POST /v1/accounts/verify", anyone, limit.Code, (*Gateway).verify},
	{"POST /v1/accounts/resend", anyone, limit.Code, (*Gateway).resend},
	{"POST /v1/accounts/forgot", anyone, limit.Code, (*Gateway).forgot},
	{"POST /v1/accounts/reset", anyone, limit.Code, (*Gateway).reset},
	{"POST /v1/sessions", anyone, limit.SignIn, (*Gateway).signIn},
	{"GET /v1/sessions", signedIn, limit.Read, (*Gateway).sessions},
	{"DELETE /v1/sessions/{session}", leaving, limit.Read, (*Gateway).signOut},
	{"POST /v1/tokens", signedIn, limit.Code, (*Gateway).token},
	{"POST /v1/bootstrap", signedIn, limit.Code, (*Gateway).bootstrap},
	{"POST /v1/tickets", signedIn, limit.Read, (*Gateway).ticket},
	{"GET /v1/me", signedIn, limit.Read, (*Gateway).me},
	{"PUT /v1/me", signedIn, limit.Read, (*Gateway).setProfile},
	{"POST /v1/me/password", signedIn, limit.SignIn, (*Gateway).changePassword},
	{"POST /v1/me/email", signedIn, limit.SignIn, (*Gateway).changeEmail},
	{"POST /v1/me/email/confirm", signedIn, limit.Code, (*Gateway).confirmEmail},
	{"POST /v1/me/erase", signedIn, limit.SignIn, (*Gateway).erase},
	{"GET /v1/me/export", signedIn, limit.Export, (*Gateway).export},
	{"GET /v1/me/changes", signedIn, limit.Read, (*Gateway).changes},
	{"GET /v1/me/blocks", signedIn, limit.Read, (*Gateway).blocks},
	{"PUT /v1/me/blocks/{handle}", signedIn, limit.Send, action(blockBody(api.SetBlock))},
	{"DELETE /v1/me/blocks/{handle}", signedIn, limit.Send, action(blockBody(api.ClearBlock))},
	{"GET /v1/conversations", signedIn, limit.Read, (*Gateway).conversations},
	{"POST /v1/conversations", signedIn, limit.Send, action(createBody)},
	{"GET /v1/conversations/{conversation}", signedIn, limit.Read, (*Gateway).conversation},
	{"PATCH /v1/conversations/{conversation}", signedIn, limit.Send, action(renameBody)},
	{"GET /v1/conversations/{conversation}/members", signedIn, limit.Read, (*Gateway).members},
	{"POST /v1/conversations/{conversation}/members", signedIn, limit.Send, action(addBody)},
	{"DELETE /v1/conversations/{conversation}/members/{member}", signedIn, limit.Send, action(removeBody)},
	{"PATCH /v1/conversations/{conversation}/members/{member}", signedIn, limit.Send, action(roleBody)},
	{"POST /v1/conversations/{conversation}/messages", signedIn, limit.Send, action(sendBody)},
	{"GET /v1/conversations/{conversation}/messages", signedIn, limit.Read, (*Gateway).messages},
	{"PATCH /v1/conversations/{conversation}/messages/{seq}", signedIn, limit.Send, action(editBody)},
	{"DELETE /v1/conversations/{conversation}/messages/{seq}", signedIn, limit.Send, action(deleteBody)},
	{"POST /v1/conversations/{conversation}/messages/{seq}/report", signedIn, limit.Send, action(reportBody)},
	{"GET /v1/conversations/{conversation}/entries", signedIn, limit.Read, (*Gateway).entries},
	{"PUT /v1/conversations/{conversation}/marks", signedIn, limit.Mark, (*Gateway).mark},
	{"GET /v1/direct/{handle}", signedIn, limit.Read, (*Gateway).direct},
	{"POST /v1/direct/{handle}/messages", signedIn, limit.Send, action(sendDirectBody)},
	{"GET /v1/actions/{action}", signedIn, limit.Read, (*Gateway).outcome},
	{"POST /v1/loadtest/people", signedIn, limit.Read, (*Gateway).mint},
	{"GET /v1/stream", opening, limit.Connect, (*Gateway).stream},
	{"GET /v1/openapi.yaml", anyone, limit.Read, document(api.OpenAPI)},
	{"GET /v1/asyncapi.yaml", anyone, limit.Read, document(api.AsyncAPI)},
}

func document(text string) func(*Gateway, http.ResponseWriter, *request) error {
	return func(_ *Gateway, w http.ResponseWriter, _ *request) error {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write([]byte(text)) // the client may be gone
		return nil
	}
}

func (g *Gateway) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.pattern, g.serve(r))
	}
	return g.outermost(mux)
}

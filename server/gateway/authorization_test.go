package gateway_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/rest"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// world is a group of an owner and a member, a stranger to both, one whom the
// member blocks, and an administrator, who is a stranger, too.
type world struct {
	srv                                             *servertest.Server
	owner, member, stranger, blocked, administrator *servertest.Person
	group                                           api.ConversationID
	office                                          string // where administration is served over the network
	n                                               int
}

func newWorld(t *testing.T) *world { return newWorldOf(t, func(*server.Config) {}) }

func newWorldOf(t *testing.T, change func(*server.Config)) *world {
	office := servertest.FreeAddress(t)
	srv := servertest.Start(t, servertest.Options{Change: func(c *server.Config) { c.AdminListen = office; change(c) }})
	p := srv.People("owner", "member", "stranger", "blocked", "administrator")
	w := &world{srv: srv, owner: p[0], member: p[1], stranger: p[2], blocked: p[3], administrator: p[4], office: "http://" + office}
	srv.Admin("PUT", "/admin/v1/users/administrator/grants/admin", nil, nil)
	w.member.Must(api.Action{Type: api.SetBlock, To: "blocked"})
	w.group = w.owner.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"member"}}).Conversation
	w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: "hello"})
	return w
}

// victim is somebody new in the group, to be removed.
func (w *world) victim() api.Member {
	w.n++
	handle := fmt.Sprintf("victim%d", w.n)
	w.srv.Person(handle)
	w.owner.Must(api.Action{Type: api.AddMember, Conversation: w.group, To: handle})
	var page struct {
		Members []api.Member `json:"members"`
	}
	w.owner.Get("/v1/conversations/"+w.group.String()+"/members", &page)
	i := slices.IndexFunc(page.Members, func(m api.Member) bool { return m.Handle == handle })
	return page.Members[i]
}

// post is a new message of a person in the group.
func (w *world) post(p *servertest.Person) (seq int64) {
	return p.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: "hello"}).Seq
}

// message is the path of one.
func (w *world) message(p *servertest.Person) string {
	return fmt.Sprintf("/v1/conversations/%s/messages/%d", w.group, w.post(p))
}

func (w *world) newcomer() string {
	w.n++
	handle := fmt.Sprintf("newcomer%d", w.n)
	w.srv.Person(handle)
	return handle
}

// row is one route with what each actor gets: nobody, stranger, blocked, member,
// owner, administrator. The grant admin gives no right among people.
type row struct {
	pattern string
	make    func(w *world, actor *servertest.Person) (path string, body any)
	want    [6]int
}

func at(path string) func(*world, *servertest.Person) (string, any) {
	return func(w *world, _ *servertest.Person) (string, any) {
		return strings.ReplaceAll(path, "{group}", w.group.String()), nil
	}
}

func with(path string, body map[string]any) func(*world, *servertest.Person) (string, any) {
	return func(w *world, a *servertest.Person) (string, any) {
		p, _ := at(path)(w, a)
		return p, body
	}
}

// withAddress names another address each time: each gets few codes.
func withAddress(path string) func(*world, *servertest.Person) (string, any) {
	return func(w *world, _ *servertest.Person) (string, any) {
		w.n++
		return path, map[string]any{"email": fmt.Sprintf("nobody%d@example.org", w.n)}
	}
}

var everyone = func(status int) [6]int { return [6]int{status, status, status, status, status, status} }

var signedIn = func(status int) [6]int { return [6]int{401, status, status, status, status, status} }

var authorization = []row{
	{"POST /v1/accounts", func(w *world, _ *servertest.Person) (string, any) {
		w.n++
		return "/v1/accounts", map[string]any{"handle": fmt.Sprintf("fresh%d", w.n), "email": fmt.Sprintf("fresh%d@example.org", w.n), "password": "correct horse battery"}
	}, everyone(202)},
	{"POST /v1/accounts/verify", with("/v1/accounts/verify", map[string]any{"email": "nobody@example.org", "code": "12345678"}), everyone(403)},
	{"POST /v1/accounts/resend", withAddress("/v1/accounts/resend"), everyone(202)},
	{"POST /v1/accounts/forgot", withAddress("/v1/accounts/forgot"), everyone(202)},
	{"POST /v1/accounts/reset", with("/v1/accounts/reset", map[string]any{"email": "nobody@example.org", "code": "12345678", "password": "correct horse battery"}), everyone(403)},
	{"POST /v1/sessions", with("/v1/sessions", map[string]any{"handle": "owner", "password": "correct horse owner"}), everyone(201)},
	{"GET /v1/sessions", at("/v1/sessions"), signedIn(200)},
	{"DELETE /v1/sessions/{session}", at("/v1/sessions/" + api.NewSessionID().String()), signedIn(404)},
	{"POST /v1/tokens", with("/v1/tokens", map[string]any{"name": "bot"}), signedIn(201)},
	{"POST /v1/bootstrap", with("/v1/bootstrap", map[string]any{"token": "chatctlfirst_" + strings.Repeat("0", 43)}), signedIn(403)},
	{"POST /v1/tickets", at("/v1/tickets"), signedIn(201)},
	{"GET /v1/me", at("/v1/me"), signedIn(200)},
	{"PUT /v1/me", with("/v1/me", map[string]any{"display_name": "Somebody"}), signedIn(200)},
	{"PATCH /v1/me", with("/v1/me", map[string]any{"presence": "on"}), signedIn(200)},
	{"POST /v1/me/password", func(_ *world, a *servertest.Person) (string, any) {
		same := "correct horse " + a.Handle
		return "/v1/me/password", map[string]any{"password": same, "new_password": same}
	}, signedIn(204)},
	{"POST /v1/me/email", func(_ *world, a *servertest.Person) (string, any) {
		return "/v1/me/email", map[string]any{"email": a.Handle + "@example.net", "password": "correct horse " + a.Handle}
	}, signedIn(202)},
	{"POST /v1/me/email/confirm", with("/v1/me/email/confirm", map[string]any{"email": "other@example.org", "code": "12345678"}), signedIn(403)},
	{"POST /v1/me/erase", with("/v1/me/erase", map[string]any{"password": "a wrong one"}), signedIn(401)},
	{"GET /v1/me/export", at("/v1/me/export"), signedIn(200)},
	{"GET /v1/me/changes", at("/v1/me/changes?after=0"), signedIn(200)},
	{"GET /v1/me/blocks", at("/v1/me/blocks"), signedIn(200)},
	{"PUT /v1/me/blocks/{handle}", at("/v1/me/blocks/somebody"), signedIn(200)},
	{"DELETE /v1/me/blocks/{handle}", at("/v1/me/blocks/nobody-at-all"), signedIn(200)},
	{"GET /v1/conversations", at("/v1/conversations"), signedIn(200)},
	{"POST /v1/conversations", func(w *world, a *servertest.Person) (string, any) {
		return "/v1/conversations", map[string]any{"name": "new", "members": []string{w.newcomer()}}
	}, signedIn(200)},
	{"GET /v1/conversations/{conversation}", at("/v1/conversations/{group}"), [6]int{401, 404, 404, 200, 200, 404}},
	{"PATCH /v1/conversations/{conversation}", with("/v1/conversations/{group}", map[string]any{"name": "renamed"}), [6]int{401, 409, 409, 409, 200, 409}},
	{"PATCH /v1/conversations/{conversation}/members/{member}", func(w *world, _ *servertest.Person) (string, any) {
		return "/v1/conversations/" + w.group.String() + "/members/" + w.victim().Member.String(), map[string]any{"role": "admin"}
	}, [6]int{401, 409, 409, 409, 200, 409}},
	{"PATCH /v1/conversations/{conversation}/messages/{seq}", func(w *world, _ *servertest.Person) (string, any) {
		return w.message(w.member), map[string]any{"text": "edited"}
	}, [6]int{401, 409, 409, 200, 409, 409}},
	{"DELETE /v1/conversations/{conversation}/messages/{seq}", func(w *world, _ *servertest.Person) (string, any) {
		return w.message(w.member), nil
	}, [6]int{401, 409, 409, 200, 200, 409}},
	{"DELETE /v1/conversations/{conversation}/messages/{seq}", func(w *world, _ *servertest.Person) (string, any) {
		return w.message(w.owner), nil
	}, [6]int{401, 409, 409, 409, 200, 409}},
	{"POST /v1/conversations/{conversation}/messages/{seq}/report", func(w *world, _ *servertest.Person) (string, any) {
		return w.message(w.owner) + "/report", map[string]any{"text": "look at this"}
	}, [6]int{401, 409, 409, 200, 409, 409}},
	{"GET /v1/conversations/{conversation}/members", at("/v1/conversations/{group}/members"), [6]int{401, 404, 404, 200, 200, 404}},
	{"POST /v1/conversations/{conversation}/members", func(w *world, _ *servertest.Person) (string, any) {
		return "/v1/conversations/" + w.group.String() + "/members", map[string]any{"to": w.newcomer()}
	}, [6]int{401, 409, 409, 200, 200, 409}},
	{"DELETE /v1/conversations/{conversation}/members/{member}", func(w *world, _ *servertest.Person) (string, any) {
		return "/v1/conversations/" + w.group.String() + "/members/" + w.victim().Member.String(), nil
	}, [6]int{401, 409, 409, 409, 200, 409}},
	{"POST /v1/conversations/{conversation}/messages", with("/v1/conversations/{group}/messages", map[string]any{"text": "hi"}), [6]int{401, 409, 409, 200, 200, 409}},
	{"GET /v1/conversations/{conversation}/messages", at("/v1/conversations/{group}/messages"), [6]int{401, 404, 404, 200, 200, 404}},
	{"GET /v1/conversations/{conversation}/entries", at("/v1/conversations/{group}/entries"), [6]int{401, 404, 404, 200, 200, 404}},
	{"PUT /v1/conversations/{conversation}/marks", with("/v1/conversations/{group}/marks", map[string]any{"read": 1}), signedIn(204)},
	{"GET /v1/direct/{handle}", at("/v1/direct/nobody-at-all"), signedIn(404)},
	{"POST /v1/direct/{handle}/messages", func(w *world, a *servertest.Person) (string, any) {
		to := "member"
		if a == w.member {
			to = "owner"
		}
		return "/v1/direct/" + to + "/messages", map[string]any{"text": "hi"}
	}, [6]int{401, 200, 409, 200, 200, 200}},
	{"GET /v1/actions/{action}", at("/v1/actions/" + api.NewActionID().String()), signedIn(404)},
	{"POST /v1/loadtest/people", with("/v1/loadtest/people", map[string]any{"count": 1}), signedIn(403)},
	{"GET /v1/stream", at("/v1/stream"), signedIn(426)},
	{"GET /v1/openapi.yaml", at("/v1/openapi.yaml"), everyone(200)},
	{"GET /v1/asyncapi.yaml", at("/v1/asyncapi.yaml"), everyone(200)},
}

func TestEveryRouteAnswersEachActorAsTheTableSays(t *testing.T) {
	t.Parallel()
	w, d := newWorld(t), readDocuments(t)
	for _, r := range authorization {
		method, _, _ := strings.Cut(r.pattern, " ")
		for i, a := range w.actors() {
			path, body := r.make(w, a.Person)
			resp, answer := ask(t, w, a.Person, method, path, body)
			if resp.StatusCode != r.want[i] {
				t.Errorf("%s: %s gets %d, not %d: %s", r.pattern, a.name, resp.StatusCode, r.want[i], answer)
			}
			d.answer(t, r.pattern, resp, answer)
			if resp.Header.Get("Set-Cookie") != "" || resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: headers %v", r.pattern, resp.Header)
			}
		}
	}
}

// actor is somebody who asks for something.
type actor struct {
	name string
	*servertest.Person
}

// actors are all that the tables name, in their order.
func (w *world) actors() []actor {
	nobody := w.srv.SignIn("stranger", "correct horse stranger")
	nobody.Token = "chatctl_" + strings.Repeat("0", 43)
	return []actor{{"nobody", nobody}, {"stranger", w.stranger}, {"blocked", w.blocked}, {"member", w.member}, {"owner", w.owner}, {"administrator", w.administrator}}
}

// ask makes a request as somebody and waits for the outcome.
func ask(t *testing.T, w *world, who *servertest.Person, method, path string, body any) (*http.Response, []byte) {
	t.Helper()
	headers := []string{"Authorization", "Bearer " + who.Token, "Prefer", "wait=20"}
	if body == nil {
		return rawAt(t, w.srv.URL(), method, path, "", headers...)
	}
	return rawAt(t, w.srv.URL(), method, path, string(api.Encode(body)), append(headers, "Content-Type", "application/json")...)
}

func TestEveryRouteHasARowInTheAuthorizationTable(t *testing.T) {
	t.Parallel()
	var rows []string
	for _, r := range authorization {
		rows = append(rows, r.pattern)
	}
	for _, pattern := range rest.Routes() {
		if !slices.Contains(rows, pattern) {
			t.Errorf("%s has no row", pattern)
		}
	}
}

// What is not there and what is not yours are the same answer, to the byte.
func TestNotYoursAndNotThereAreTheSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unknown := api.NewConversationID()
	for _, path := range []string{"", "/members", "/messages", "/entries"} {
		_, yours := w.stranger.HTTP(http.MethodGet, "/v1/conversations/"+w.group.String()+path, nil, nil)
		_, there := w.stranger.HTTP(http.MethodGet, "/v1/conversations/"+unknown.String()+path, nil, nil)
		if yours == nil || there == nil || *yours != *there {
			t.Errorf("GET …%s: not yours %v, not there %v", path, yours, there)
		}
	}
}

// A refusal does not reveal a block (promises, rule 17).
func TestBlockedAndUnknownReceiversAreTheSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(a api.Action) api.Result {
		r := w.blocked.Ask(a)
		r.Action, r.Conversation, r.Time = api.ActionID{}, api.ConversationID{}, 0
		return r
	}
	blocked := ask(api.Action{Type: api.SendMessage, To: "member", Text: "hi"})
	unknown := ask(api.Action{Type: api.SendMessage, To: "nobody-at-all", Text: "hi"})
	if blocked != unknown || blocked.Reason != api.ReasonUnavailable {
		t.Errorf("blocked: %+v, unknown: %+v", blocked, unknown)
	}
	group := w.blocked.Must(api.Action{Type: api.CreateGroup, Name: "trap"}).Conversation
	blocked = ask(api.Action{Type: api.AddMember, Conversation: group, To: "member"})
	unknown = ask(api.Action{Type: api.AddMember, Conversation: group, To: "nobody-at-all"})
	if blocked != unknown || blocked.Reason != api.ReasonUnavailable {
		t.Errorf("adding: blocked: %+v, unknown: %+v", blocked, unknown)
	}
}

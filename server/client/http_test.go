package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/internal/clienttest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// asked is one request that a scripted server got.
type asked struct{ method, path, key, prefer, body string }

// answers serves the n-th request with the n-th answer, the last one for ever.
type answers struct {
	mu   sync.Mutex
	got  []asked
	each []http.HandlerFunc
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.got = append(a.got, asked{r.Method, r.URL.RequestURI(), r.Header.Get("Idempotency-Key"), r.Header.Get("Prefer"), string(b)})
	h := a.each[min(len(a.got), len(a.each))-1]
	a.mu.Unlock()
	h(w, r)
}

func problem(code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { refuse(w, api.NewProblem(code, "")) }
}

func ok(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(api.Encode(v)) }
}

func accepted(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(api.Encode(api.Accepted{Action: api.NewActionID()}))
}

func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func refuse(w http.ResponseWriter, p *api.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(api.Encode(p))
}

var room = api.ConversationID{1}

var done = api.Result{Action: api.NewActionID(), Outcome: api.MessageSent, Conversation: room, Seq: 3}

func TestAnActionIsAskedForWithOneKeyUntilItsOutcomeIsKnown(t *testing.T) {
	for name, before := range map[string][]http.HandlerFunc{
		"at once":              nil,
		"connection cut":       {cut, cut},
		"unknown outcome":      {problem("unknown_outcome")},
		"starting":             {problem("starting"), problem("unavailable")},
		"too many":             {problem("too_many")},
		"accepted, no result":  {accepted, accepted},
		"full, but was cut":    {cut, problem("storage_full")},
		"a proxy's bad answer": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &answers{each: append(slices.Clone(before), ok(done))}
				c, _ := clienttest.Serve(t, h)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				r, err := c.Action(ctx, "my-key", api.Action{Type: api.SendMessage, To: "ada", Text: "hello"})
				if err != nil || r != done {
					t.Fatalf("%+v, %v", r, err)
				}
				want := asked{"POST", "/v1/direct/ada/messages", "my-key", "wait=30", `{"text":"hello"}`}
				for _, got := range h.got {
					if got != want {
						t.Errorf("asked %+v, not %+v", got, want)
					}
				}
				if len(h.got) != len(before)+1 {
					t.Errorf("asked %d times, not %d", len(h.got), len(before)+1)
				}
			})
		})
	}
}

func TestARefusalIsTheProblemAndAskedForOnce(t *testing.T) {
	for _, code := range []string{"refused", "held", "conflict", "invalid", "signed_out", "forbidden", "storage_full", "not_found"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &answers{each: []http.HandlerFunc{problem(code)}}
				c, _ := clienttest.Serve(t, h)
				_, err := c.Action(t.Context(), "", api.Action{Type: api.SetBlock, To: "ada"})
				var p *api.Problem
				if !errors.As(err, &p) || p.Code != code {
					t.Fatalf("got %v", err)
				}
				if len(h.got) != 1 || len(h.got[0].key) != 36 {
					t.Fatalf("asked %+v", h.got)
				}
			})
		})
	}
}

func TestErrorsTellNothingAcceptedFromUnknown(t *testing.T) {
	for name, tc := range map[string]struct {
		each            http.HandlerFunc
		unknown, landed bool
	}{
		"cut":      {each: cut, unknown: true},
		"accepted": {each: accepted, unknown: true, landed: true},
		"silent":   {each: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, unknown: true},
		"starting": {each: problem("starting")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := clienttest.Serve(t, &answers{each: []http.HandlerFunc{tc.each}})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				_, err := c.Action(ctx, "k", api.Action{Type: api.LeaveGroup, Conversation: room})
				var u *client.UnknownError
				if errors.As(err, &u) != tc.unknown || errors.Is(err, client.ErrUnknown) != tc.unknown || errors.Is(err, client.ErrUnreachable) == tc.unknown {
					t.Fatalf("got %v", err)
				}
				if tc.unknown && (u.Key != "k" || u.Accepted != tc.landed) {
					t.Fatalf("got %+v", u)
				}
			})
		})
	}
}

func TestWhereNobodyListensNothingIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := clienttest.Serve(t, http.NotFoundHandler())
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err := c.Action(t.Context(), "k", api.Action{Type: api.LeaveGroup, Conversation: room})
		if !errors.Is(err, client.ErrUnreachable) || errors.Is(err, client.ErrUnknown) {
			t.Fatalf("got %v", err)
		}
		if _, err := c.Me(t.Context()); !errors.Is(err, client.ErrUnreachable) {
			t.Fatalf("got %v", err)
		}
		if time.Since(began) > 0 {
			t.Fatal("it waited")
		}
	})
}

func TestListsAreReadToTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := func(ids ...byte) http.HandlerFunc {
			l := struct {
				Conversations []api.Head `json:"conversations"`
			}{}
			for _, id := range ids {
				l.Conversations = append(l.Conversations, api.Head{Conversation: api.ConversationID{id}})
			}
			return ok(l)
		}
		h := &answers{each: []http.HandlerFunc{page(1, 2), page(3), page()}}
		c, _ := clienttest.Serve(t, h)
		heads, err := c.Conversations(t.Context())
		if err != nil || len(heads) != 3 {
			t.Fatalf("%d heads, %v", len(heads), err)
		}
		if want := "/v1/conversations?after=" + (api.ConversationID{3}).String() + "&limit=200"; h.got[2].path != want {
			t.Fatalf("asked for %s, not %s", h.got[2].path, want)
		}
	})
}

func TestAnAnswerWithoutWhatWasAskedForIsNoEmptyOne(t *testing.T) {
	reads := map[string]func(context.Context, *client.Client) error{
		"sessions":      func(ctx context.Context, c *client.Client) error { _, err := c.Sessions(ctx); return err },
		"conversations": func(ctx context.Context, c *client.Client) error { _, err := c.Conversations(ctx); return err },
		"entries":       func(ctx context.Context, c *client.Client) error { _, err := c.Entries(ctx, room, 0, 0, 0); return err },
		"heads":         func(ctx context.Context, c *client.Client) error { _, err := c.Changes(ctx, 0); return err },
	}
	for field, read := range reads {
		for answer, foreign := range map[string]bool{`{}`: true, `{"status":"fine"}`: true, `{"` + field + `":null}`: true, ``: true, `null`: true, `{"` + field + `":[]}`: false} {
			t.Run(field+answer, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, _ := clienttest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
					if err := read(t.Context(), c); errors.Is(err, client.ErrForeign) != foreign || !foreign && err != nil {
						t.Errorf("got %v", err)
					}
				})
			})
		}
	}
}

func TestEveryActionHasItsRoute(t *testing.T) {
	member := api.MemberID{9}
	for _, tc := range []struct {
		a    api.Action
		want string
	}{
		{api.Action{Type: api.SendMessage, Conversation: room, Text: "x", ReplyTo: 4}, "POST /v1/conversations/ROOM/messages " + `{"text":"x","reply_to":4}`},
		{api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"ada"}}, "POST /v1/conversations " + `{"name":"ops","members":["ada"]}`},
		{api.Action{Type: api.AddMember, Conversation: room, To: "ada"}, "POST /v1/conversations/ROOM/members " + `{"to":"ada"}`},
		{api.Action{Type: api.RemoveMember, Conversation: room, Member: member}, "DELETE /v1/conversations/ROOM/members/" + member.String() + " "},
		{api.Action{Type: api.LeaveGroup, Conversation: room}, "DELETE /v1/conversations/ROOM/members/me "},
		{api.Action{Type: api.SetBlock, To: "ada"}, "PUT /v1/me/blocks/ada "},
		{api.Action{Type: api.ClearBlock, To: "ada"}, "DELETE /v1/me/blocks/ada "},
	} {
		t.Run(string(tc.a.Type), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &answers{each: []http.HandlerFunc{ok(done)}}
				c, _ := clienttest.Serve(t, h)
				if _, err := c.Action(t.Context(), "", tc.a); err != nil {
					t.Fatal(err)
				}
				got := h.got[0].method + " " + h.got[0].path + " " + h.got[0].body
				if want := strings.ReplaceAll(tc.want, "ROOM", room.String()); got != want {
					t.Fatalf("asked %s, not %s", got, want)
				}
			})
		})
	}
}

func TestTheTokenFollowsNoRedirect(t *testing.T) {
	elsewhere := make(chan struct{}, 1)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere <- struct{}{} }))
	defer other.Close()
	first := httptest.NewServer(http.RedirectHandler(other.URL+"/v1/me", http.StatusTemporaryRedirect))
	defer first.Close()
	c, err := client.New(client.Config{Server: first.URL, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var p *api.Problem
	if _, err := c.Me(t.Context()); !errors.As(err, &p) || len(elsewhere) > 0 {
		t.Fatalf("got %v, asked elsewhere: %d", err, len(elsewhere))
	}
}

func TestAServerURLIsCheckedBeforeItIsUsed(t *testing.T) {
	for _, s := range []string{"", "localhost:80", "ftp://x", "http://", "http://a:secret@x", "http://x/?q", "http://x/#f", "://"} {
		if _, err := client.New(client.Config{Server: s}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

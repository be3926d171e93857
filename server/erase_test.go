package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// Promises, rule 23: what was begun is finished, whatever ends in between.
func TestAnErasureThatWasKilledIsFinishedAfterTheRestart(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	var groups []api.ConversationID
	for range 40 {
		c := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}}).Conversation
		ada.Must(api.Action{Type: api.SendMessage, Conversation: c, Text: "a secret of ada"})
		groups = append(groups, c)
	}
	if status, problem := ada.HTTP("POST", "/v1/me/erase", map[string]any{"password": "correct horse ada"}, nil); status != 204 {
		t.Fatal(status, problem)
	}
	srv.Kill()
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	if status, _ := ada.HTTP("GET", "/v1/me", nil, nil); status != 401 {
		t.Errorf("an erased account is still served: %d", status)
	}
	erasedAgain(t, ada)
	again, late := time.NewTicker(20*time.Millisecond), time.After(time.Minute)
	defer again.Stop()
	for left := -1; left != 0; {
		var found struct {
			Users []api.User `json:"users"`
		}
		srv.Admin("GET", "/admin/v1/users?q=ada", nil, &found)
		left = len(found.Users)
		select {
		case <-again.C:
		case <-late:
			t.Fatal("the erasure was not finished")
		}
	}
	erasedAgain(t, ada)
	for _, c := range groups {
		var page api.Page
		bob.Get("/v1/conversations/"+c.String()+"/entries", &page)
		text := string(api.Encode(&page))
		if strings.Contains(text, "a secret of ada") || strings.Count(text, `"entry":"erase"`) != 1 || len(page.Entries) != 3 {
			t.Fatalf("%s", text)
		}
		var head api.Head
		bob.Get("/v1/conversations/"+c.String(), &head)
		if head.Role != api.Owner {
			t.Errorf("bob is %s of a group whose owner is gone", head.Role)
		}
	}
}

func TestWhatIsSentAgainToAnErasedPersonIsAnsweredTheSame(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	send := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: "bob", Text: "hello"}
	first := ada.Must(send)
	bob.EraseAccount(t.Context())
	srv.AwaitErasures()
	srv.Kill()
	if err := srv.Restart(); err != nil { // the server has forgotten whose the handle was
		t.Fatal(err)
	}
	if again := ada.Must(send); again != first {
		t.Errorf("answered %+v at first, then %+v", first, again)
	}
	if r := ada.Ask(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"}); r.Reason != api.ReasonUnavailable {
		t.Errorf("a new message to an erased person: %+v", r)
	}
}

// erasedAgain repeats the call, as one does whose answer was lost.
func erasedAgain(t *testing.T, p *servertest.Person) {
	t.Helper()
	if status, problem := p.HTTP("POST", "/v1/me/erase", map[string]any{"password": "correct horse ada"}, nil); status != 204 {
		t.Errorf("the erasure, repeated, was answered %d %v", status, problem)
	}
}

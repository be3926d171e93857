package server_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// TestAPoisonRecordIsHeldAndNothingElseWaitsForIt: what panics each time it is
// decided is set aside, its sender is answered, and an administrator settles it
// once the program is mended (promises, rule 7).
func TestAPoisonRecordIsHeldAndNothingElseWaitsForIt(t *testing.T) {
	srv := servertest.Process(t, withChat(func(o *servertest.Options) { o.Chat.PanicOnPoison = true }))
	p := srv.People("ada", "bob")
	ada, bob := p[0], p[1]
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "before"})
	retried, dropped := api.NewActionID(), api.NewActionID()
	for _, id := range []api.ActionID{retried, dropped, retried} { // the same key again is answered the same
		status, problem := sendKeyed(ada, "poison", id)
		if problem == nil || problem.Code != "held" {
			t.Fatalf("a poison record: status %d, %v", status, problem)
		}
	}
	if r := bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "meanwhile"}); r.Seq != 2 {
		t.Errorf("the next message has seq %d", r.Seq)
	}
	srv.Kill()
	srv.Options().Chat.PanicOnPoison = false // the mended program
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}

	held := heldOn(srv)
	if len(held) != 2 || held[0].Action != retried || held[1].Action != dropped || held[0].Sender != ada.User || held[0].Cause != "panic: poison" {
		t.Fatalf("held: %+v", held)
	}
	settle := func(id api.ActionID, verb string, want api.Outcome) {
		t.Helper()
		var r api.Result
		srv.Admin("POST", "/admin/v1/held/"+ada.User.String()+"/"+id.String()+"/"+verb, nil, &r)
		if r.Outcome != want {
			t.Errorf("%s: %+v", verb, r)
		}
	}
	settle(retried, "retry", api.HeldRetried)
	settle(dropped, "drop", api.HeldDropped)
	if r := ada.AwaitOutcome(retried); r.Outcome != api.MessageSent || r.Seq != 3 { // it lost its place
		t.Errorf("retried: %+v", r)
	}
	if r := ada.AwaitOutcome(dropped); r.Outcome != api.Refused || r.Reason != api.ReasonDropped {
		t.Errorf("dropped: %+v", r)
	}
	if status, r := sendKeyed(ada, "poison", dropped); status != 422 && (r == nil || r.Reason != api.ReasonDropped) {
		t.Errorf("the dropped key again: status %d, %v", status, r)
	}
	if left := heldOn(srv); len(left) != 0 {
		t.Errorf("still held: %+v", left)
	}
}

func sendKeyed(p *servertest.Person, text string, id api.ActionID) (int, *api.Problem) {
	return p.HTTP("POST", "/v1/direct/bob/messages", map[string]any{"text": text}, nil, "Idempotency-Key", id.String(), "Prefer", "wait=20")
}

func heldOn(srv *servertest.Server) []api.Held {
	var page struct {
		Held []api.Held `json:"held"`
	}
	srv.Admin("GET", "/admin/v1/held", nil, &page)
	return page.Held
}

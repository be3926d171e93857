package server_test

import (
	"testing"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// Roles run apart: two gateways and a chat worker that stops while people send,
// and another that takes over. What was accepted in between is decided then.
func TestRolesRunApartAndAWorkerCanBeReplaced(t *testing.T) {
	engines := servertest.OpenEngines(t)
	worker := engines.Start(server.Chat)
	one := engines.Start(server.Gateway)
	two := engines.Start(server.Gateway)
	p := one.People("ada", "bob")
	ada, bob := p[0], p[1].Through(two)
	first := ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	ear := bob.Connect()
	heard := func(id api.ActionID) {
		t.Helper()
		ear.Next(func(f api.ServerFrame) bool { return f.Kind == api.FrameEntry && f.Event.Action == id })
	}
	heard(ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "across gateways"}).Action)

	if err := worker.Stop(); err != nil {
		t.Fatal(err)
	}
	waiting := api.NewActionID()
	status, problem := ada.HTTP("POST", "/v1/conversations/"+first.Conversation.String()+"/messages",
		map[string]any{"text": "nobody works"}, nil, "Idempotency-Key", waiting.String())
	if status != 202 {
		t.Fatalf("without a worker an action is accepted; status %d, %v", status, problem)
	}
	if status, _ := ada.HTTP("GET", "/v1/actions/"+waiting.String(), nil, nil); status != 404 {
		t.Errorf("it has an outcome without a worker: status %d", status)
	}
	engines.Start(server.Chat)
	heard(waiting)
	if r := ada.AwaitOutcome(waiting); r.Outcome != api.MessageSent || r.Seq != 3 {
		t.Errorf("the outcome: %+v", r)
	}
}

func TestAStoppedServerLeavesNothingRunning(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob")
	p[0].Connect()
	ear := p[1].Connect()
	p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	done := make(chan error)
	go func() { done <- srv.Stop() }()
	if f := ear.Kind(api.FrameGoingAway); f.RetryAfterMS < 0 {
		t.Errorf("going away: %+v", f)
	}
	ear.AwaitClose(api.CloseGoingAway)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

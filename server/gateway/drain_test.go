package gateway_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// A session that ends while its streams are being opened leaves none of them
// open (promise R): what ends it may be told before the stream can be found.
func TestASessionRevokedWhileItConnectsKeepsNoStream(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	for range 15 {
		other := srv.SignIn("ada", "correct horse ada")
		revoked := make(chan int, 1)
		go func() {
			status, _ := ada.HTTP("DELETE", "/v1/sessions/"+other.Session.String(), nil, nil)
			revoked <- status
		}()
		var open []*rawSocket
		for range 8 {
			s := dialRaw(t, srv)
			s.write(handshake(other.Token))
			if resp, _ := s.answer(); resp.StatusCode == http.StatusSwitchingProtocols {
				open = append(open, s)
			}
		}
		if status := <-revoked; status != http.StatusNoContent {
			t.Fatalf("ending a session: status %d", status)
		}
		for _, s := range open {
			s.SetDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // sooner than sessions are read again anyway
			if code, reason := s.closed(); code != int(api.CloseSignIn) {
				t.Errorf("closed with %d %q", code, reason)
			}
		}
	}
}

// Who waits for a result when the server stops is told that the action was
// accepted, rather than cut off (promises, rule 13).
func TestADrainAnswersThoseWhoWaitForAResult(t *testing.T) {
	t.Parallel()
	engines := servertest.OpenEngines(t)
	worker := engines.Start(server.Chat)
	srv := engines.Start(server.Gateway)
	ada := srv.People("ada", "bob")[0]
	if err := worker.Stop(); err != nil {
		t.Fatal(err)
	}
	type got struct {
		status   int
		accepted api.Accepted
	}
	answered := make(chan got, 1)
	key := api.NewActionID()
	go func() {
		var g got
		g.status, _ = ada.HTTP("POST", "/v1/direct/bob/messages", map[string]any{"text": "hi"}, &g.accepted, "Prefer", "wait=30", "Idempotency-Key", key.String())
		answered <- g
	}()
	if status, problem := ada.HTTP("POST", "/v1/direct/bob/messages", map[string]any{"text": "and"}, nil); status != http.StatusAccepted {
		t.Fatal(status, problem)
	}
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}
	if g := <-answered; g.status != http.StatusAccepted || g.accepted.Action != key {
		t.Errorf("status %d, action %v", g.status, g.accepted.Action)
	}
}

// What was marked a moment before the server stops is written (promises, rule 13).
func TestADrainWritesTheMarksThatWait(t *testing.T) {
	t.Parallel()
	srv := servertest.Process(t, servertest.Options{})
	p := srv.People("ada", "bob")
	sent := p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	p[1].Mark(sent.Conversation, 1)
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	p[1].AwaitRead(sent.Conversation, 1)
}

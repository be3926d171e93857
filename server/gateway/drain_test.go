package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/go-json-experiment/json"
)

// A session that ends while its streams are being opened leaves none of them
// open (promise R): what ends it may be told before the stream can be found.
func TestASessionRevokedWhileItConnectsKeepsNoStream(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	const sooner = 15 * time.Second // than what a stream may do is looked up again anyway
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
			if code, reason := s.closedWithin(sooner); code != int(api.CloseSignIn) {
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
	key := api.NewActionID()
	onLog := func() int64 {
		var found api.Trail
		srv.Admin("GET", "/admin/v1/actions/"+key.String(), nil, &found)
		return found.Log.Accepted
	}
	before := onLog()
	req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL()+"/v1/direct/bob/messages", strings.NewReader(`{"text":"hi"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + ada.Token, "Content-Type": "application/json", "Prefer": "wait=30", "Idempotency-Key": key.String()} {
		req.Header.Set(name, value)
	}
	type got struct {
		status   int
		accepted api.Accepted
		err      error
	}
	answered := make(chan got, 1)
	go func() {
		var g got
		defer func() { answered <- g }()
		resp, err := http.DefaultClient.Do(req)
		if g.err = err; err != nil {
			return
		}
		defer resp.Body.Close()
		g.status, g.err = resp.StatusCode, json.UnmarshalRead(resp.Body, &g.accepted)
	}()
	until(t, "it is on the log", func() bool { return onLog() > before })
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}
	if g := <-answered; g.err != nil || g.status != http.StatusAccepted || g.accepted.Action != key {
		t.Errorf("status %d, action %v: %v", g.status, g.accepted.Action, g.err)
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

// TestAServerThatStopsSendsItsClientsBackAtDifferentTimes: what many clients are
// told is spread over two seconds, so that the next server takes them in one
// after the other (promises, rules 12 and 13).
func TestAServerThatStopsSendsItsClientsBackAtDifferentTimes(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	const clients, times = 60, 20
	var open []*rawSocket
	for range clients {
		s := dialStream(t, srv, ada.Token)
		s.next(api.FrameSignedIn)
		open = append(open, s)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- srv.Stop() }()
	each := map[int64]int{} // by when to come back
	for _, s := range open {
		each[s.next(api.FrameGoingAway).RetryAfterMS]++
		if code, reason := s.closed(); code != int(api.CloseGoingAway) {
			t.Errorf("closed with %d %q", code, reason)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	for ms := int64(100); ms <= 2000; ms += 2000 / times {
		if each[ms] != clients/times {
			t.Errorf("%d of %d are to come back after %d ms", each[ms], clients, ms)
		}
	}
}

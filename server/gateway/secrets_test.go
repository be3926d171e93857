package gateway_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// logBook is a log that can be read while it is written.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Logs hold no body, token, code, password or address, also when everything is
// logged and everything goes wrong (security, logs); no answer sets a cookie.
func TestTheLogHoldsNoSecretAndNothingThatAUserWrote(t *testing.T) {
	t.Parallel()
	book := &logBook{}
	srv := servertest.Start(t, servertest.Options{Log: slog.New(slog.NewTextHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	const password, wrong, address, body, group = "correct battery staple", "not the battery staple", "grace.hopper@example.org", "the-body-of-a-message", "the-name-of-a-group"
	ada := srv.Person("ada")
	secrets := []string{password, wrong, address, body, group, ada.Token, "correct horse ada", "@example.org"}

	signUp := map[string]any{"handle": "grace", "email": address, "password": password, "display_name": "Rear Admiral"}
	if status, problem := ada.HTTP("POST", "/v1/accounts", signUp, nil); status != http.StatusAccepted {
		t.Fatal(status, problem)
	}
	var mail struct {
		Mail []api.Letter `json:"mail"`
	}
	var code string
	until(t, "the letter", func() bool {
		srv.Admin("GET", "/admin/v1/mail?to="+address, nil, &mail)
		if len(mail.Mail) > 0 {
			code = regexp.MustCompile(`\b\d{8}\b`).FindString(mail.Mail[0].Text)
		}
		return code != ""
	})
	guess := "00000000"
	if code == guess {
		guess = "00000001"
	}
	ada.HTTP("POST", "/v1/accounts/verify", map[string]any{"email": address, "code": guess}, nil)
	var in api.SignedIn
	if status, problem := ada.HTTP("POST", "/v1/accounts/verify", map[string]any{"email": address, "code": code}, &in); status != http.StatusCreated {
		t.Fatal(status, problem)
	}
	ada.HTTP("POST", "/v1/accounts/resend", map[string]any{"email": address}, nil)
	ada.HTTP("POST", "/v1/accounts", signUp, nil)
	for range 7 {
		ada.HTTP("POST", "/v1/sessions", map[string]any{"handle": "grace", "password": wrong}, nil)
	}
	var ticket struct {
		Ticket string `json:"ticket"`
	}
	ada.HTTP("POST", "/v1/tickets", nil, &ticket)
	secrets = append(secrets, code, in.Token, ticket.Ticket)

	s := ada.DialAnonymous()
	s.Send(api.ClientFrame{Kind: api.FrameAuthenticate, Ticket: ticket.Ticket})
	s.Kind(api.FrameSignedIn)
	again := ada.DialAnonymous()
	again.Send(api.ClientFrame{Kind: api.FrameAuthenticate, Ticket: ticket.Ticket})
	again.AwaitClose(api.CloseSignIn)
	made := ada.Must(api.Action{Type: api.CreateGroup, Name: group, Members: []string{"grace"}})
	ada.Must(api.Action{Type: api.SendMessage, Conversation: made.Conversation, Text: body})
	ada.Ask(api.Action{Type: api.SendMessage, To: "nobody-at-all", Text: body})
	for _, f := range append(badFrames(made.Conversation.String()), `{"kind":"`+body+`"}`, `{"`+body+`":1}`) {
		if err := s.SendRaw([]byte(f)); err != nil {
			t.Fatal(err)
		}
		s.Kind(api.FrameProblem)
	}
	for path, bad := range map[string]string{"/v1/sessions": `{"handle":"grace","password":"` + password + `"`, "/v1/direct/grace/messages": `{"text":"` + body + `",}`} {
		raw(t, &world{srv: srv, owner: ada}, "POST", path, bad, "Content-Type", "application/json")
	}
	raw(t, &world{srv: srv, owner: ada}, "GET", "/v1/"+body+"?token="+ada.Token, "", "Cookie", "token="+ada.Token)
	for _, broken := range []string{"GET " + body + " HTTP/1.1\r\n\r\n", body + "\r\n\r\n", "GET / HTTP/1.1\r\nHost: " + body + "\r\nHost: x\r\n\r\n", "GET / HTTP/9\r\n\r\n"} {
		c := dialRaw(t, srv)
		c.write(broken)
		c.answer()
	}
	srv.Admin("POST", "/admin/v1/users/grace/suspend", nil, nil)
	srv.Admin("POST", "/admin/v1/users/grace/resume", nil, nil)
	ada.HTTP("DELETE", "/v1/sessions/current", nil, nil)
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}
	log := book.String()
	if !strings.Contains(log, "level=DEBUG") || !strings.Contains(log, "draining") {
		t.Errorf("the log shows nothing:\n%s", log)
	}
	for _, secret := range secrets {
		if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("the log holds %q: …%s", secret, log[max(0, i-100):min(len(log), i+100)])
		}
	}
}

// The administration is served on its socket, which is its owner's alone, and nowhere else.
func TestAdministrationIsOnTheSocketOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/admin/v1/users", "/admin/v1/status", "/admin/v1/mail", "/admin/v1/held", "/admin", "//admin/v1/users", "/v1/../admin/v1/users", "/debug/pprof/", "/metrics", "/debug/vars"} {
		s := dialRaw(t, w.srv)
		s.write(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", path, w.owner.Token))
		resp, b := s.answer()
		if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusMovedPermanently && resp.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("GET %s: status %d: %.200s", path, resp.StatusCode, b)
		}
	}
	found := 0
	err := filepath.WalkDir(w.srv.Data(), func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode()&os.ModeSocket != 0 {
			found++
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s is %v", path, info.Mode())
			}
		}
		return err
	})
	if err != nil || found > 1 {
		t.Errorf("%d sockets, %v", found, err)
	}
	if info, err := os.Stat(w.srv.Data()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data directory: %v, %v", info.Mode(), err)
	}
}

package stream_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/bus/jetstream"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/flight"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/chatctl/chatctl/server/gateway/intake"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"github.com/chatctl/chatctl/server/gateway/stream"
	"github.com/chatctl/chatctl/server/store"
	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book is a log that can be read while it is written.
type book struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *book) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *book) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), what)
}

// broken is a store whose every read panics.
type broken struct{ stream.Reader }

// serve runs streams of ada over a broken store and a log that panics, until
// the test ends, and returns where they are opened.
func serve(t *testing.T, log *slog.Logger) (url string) {
	t.Helper()
	s := accounttest.New(t)
	accounts := account.New(account.Config{DB: s.DB, Mail: s.Mail, Log: log, Now: s.Clock.Now})
	s.Must(accounts.Migrate(t.Context()))
	limits, id, live := limit.New(limit.Config{Unlimited: true}), api.NewGatewayID(), jetstream.NewLive()
	in := intake.New(intake.Config{Gateway: id, Accounts: accounts, Limits: limits, Partitions: 1, Log: log, Admit: func() error { return nil },
		Publish: func(context.Context, string, []bus.Record) error { panic("nobody thought of this log") }})
	streams := stream.New(stream.Config{Gateway: id, Reader: broken{}, Accounts: accounts, Limits: limits, Intake: in, Live: live, Flight: flight.New(id), Log: log})
	s.Background(streams.Run)
	<-streams.Started()
	ada := s.Account("ada")
	var p session.Principal
	s.Tx(func(tx store.Tx) error {
		in, err := session.Begin(tx, session.Start{User: ada, Handle: "ada"}, s.Now())
		p = session.Principal{User: ada, Handle: "ada", Session: in.Session, Exempt: true}
		return err
	})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := streams.Open(w, r, stream.Opening{Principal: p, Address: netip.MustParseAddr("192.0.2.1")}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestAPanicEndsTheStreamThatMetItAndNothingElse(t *testing.T) {
	log := &book{}
	url := serve(t, slog.New(slog.NewTextHandler(log, nil)))
	action := fmt.Sprintf(`{"kind":"action","action":{"id":%q,"type":"message.send","conversation":%q,"text":"hello"}}`, api.NewActionID(), api.NewConversationID())
	for i, frame := range []string{
		`{"kind":"attach"}`, // goes on behind the frame
		action,              // likewise
		fmt.Sprintf(`{"kind":"pull","conversation":%q}`, api.NewConversationID()),
	} {
		ws, resp, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: []string{hub.Subprotocol}})
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body != nil {
			resp.Body.Close()
		}
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, _, err = ws.Read(t.Context())
		}
		if got := websocket.CloseStatus(err); got != websocket.StatusCode(api.CloseTryAgain) {
			t.Errorf("%s: closed with %d: %v", frame, got, err)
		}
		if n := log.count("stream panicked"); n != i+1 {
			t.Errorf("%s: %d panics are logged, want %d", frame, n, i+1)
		}
	}
}

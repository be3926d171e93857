package record_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/chatctl/chatctl/server/history/record"
	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a person before a scripted server, and what was told as trouble.
type scene struct {
	*record.Person
	mu      sync.Mutex
	trouble []string
}

func (s *scene) wrong(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = append(s.trouble, what)
}

// before is a person before a server that answers every request so.
func before(t *testing.T, answer http.HandlerFunc) *scene {
	t.Helper()
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	s := &scene{}
	rec := &record.Recorder{URL: func() string { return srv.URL }, HTTP: srv.Client(), History: history.New(), Trouble: s.wrong}
	s.Person = rec.Person("ada", "token", api.SessionID{})
	return s
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

// stream answers each frame on a connection with the frames that are due for it.
func stream(t *testing.T, due func(api.ClientFrame) []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chatctl.v1"}})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		for {
			_, b, err := ws.Read(r.Context())
			if err != nil {
				return
			}
			f, err := api.DecodeTolerant[api.ClientFrame](b)
			if err != nil {
				t.Error(err)
			}
			for _, frame := range due(f) {
				if ws.Write(r.Context(), websocket.MessageText, []byte(frame)) != nil {
					return
				}
			}
		}
	}
}

var say = api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: "bob", Text: "hello"}

// acts has the person ask for say on a socket, and waits for what comes of it.
func (s *scene) acts(t *testing.T) *history.Asked {
	t.Helper()
	socket, err := s.Connect(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	x := s.Do(t.Context(), say)
	socket.Close()
	<-socket.Ended
	return x
}

// answers are the frames of a server that is live at once and answers an action so.
func answers(frames ...string) func(api.ClientFrame) []string {
	return func(f api.ClientFrame) []string {
		switch f.Kind {
		case api.FrameAttach:
			return []string{`{"kind":"live"}`}
		case api.FrameAction:
			return frames
		}
		return nil
	}
}

func TestWhatNoServerShouldDoIsTrouble(t *testing.T) {
	id := say.ID.String()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		act    func(*testing.T, *scene)
		want   string // in the only trouble
	}{
		"a failure without a problem": {says(500, "oops"), asks, "status 500 without a problem"},
		"a redirection":               {says(304, ""), asks, "status 304 without a problem"},
		"an answer that is no JSON":   {says(200, "{"), asks, "GET /v1/me"},
		"a frame that is no JSON":     {stream(t, func(api.ClientFrame) []string { return []string{"["} }), connects, "a frame that is none"},
		"an entry without its event":  {stream(t, func(api.ClientFrame) []string { return []string{`{"kind":"entry"}`} }), connects, "a frame that is none"},
		"another action's key":        {stream(t, answers(`{"kind":"conflict","action":"`+id+`"}`)), func(t *testing.T, s *scene) { s.acts(t) }, "another action's key"},
		"no answer in time": {stream(t, answers()), func(t *testing.T, s *scene) {
			s.Recorder.WantAnswers = true
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			s.Do(ctx, say)
		}, id + " has no answer"},
		"an erasure that is refused": {says(403, `{"code":"forbidden","status":403}`), func(t *testing.T, s *scene) {
			s.Erase(t.Context(), "")
			if s.Recorder.History.IsErased("ada") {
				t.Error("recorded as erased")
			}
		}, "erasing"},
	} {
		t.Run(name, func(t *testing.T) {
			s := before(t, c.answer)
			c.act(t, s)
			if len(s.trouble) != 1 || !strings.Contains(s.trouble[0], c.want) {
				t.Errorf("told %q, not of %q", s.trouble, c.want)
			}
		})
	}
}

func connects(t *testing.T, s *scene) {
	if _, err := s.Connect(t.Context(), 0); err == nil {
		t.Error("connected")
	}
}

func asks(t *testing.T, s *scene) {
	var me api.Me
	s.Request(t.Context(), "GET", "/v1/me", nil, &me)
}

func TestWhatStandsBeforeTheServerMayBeAway(t *testing.T) {
	s := before(t, says(502, "<html>"))
	s.Recorder.Proxied = true
	if status, problem := s.Request(t.Context(), "GET", "/v1/me", nil, nil); status != 502 || problem == nil || len(s.trouble) != 0 {
		t.Errorf("status %d, %v, %q", status, problem, s.trouble)
	}
}

func TestAPageThatLeadsNowhereEndsTheReading(t *testing.T) {
	s := before(t, says(200, `{"entries":[{"seq":1}],"more":true,"next":0}`))
	if _, err := s.Entries(t.Context(), api.ConversationID{1}); err == nil {
		t.Error("all entries were read")
	}
	if _, err := s.Messages(t.Context(), api.ConversationID{1}); err == nil {
		t.Error("all messages were read")
	}
}

func TestWhatComesForAnActionIsRecordedUntilItIsAnswered(t *testing.T) {
	id := say.ID.String()
	result := `{"kind":"result","result":{"action":"` + id + `","outcome":"message_sent","seq":7}}`
	s := before(t, stream(t, answers(`{"kind":"accepted","action":"`+id+`"}`, result)))
	if x := s.acts(t); x.Accepted == 0 || x.Answered < x.Accepted || len(x.Results) != 1 || x.Results[0].Seq != 7 {
		t.Errorf("recorded %+v", x)
	}
	s = before(t, stream(t, answers(`{"kind":"problem","problem":{"status":403,"code":"forbidden","action":"`+id+`"}}`)))
	if x := s.acts(t); x.Rejected == nil || x.Rejected.Code != "forbidden" || x.Answered != 0 {
		t.Errorf("recorded %+v", x)
	}
	if len(s.trouble) != 0 {
		t.Errorf("told %q", s.trouble)
	}
}

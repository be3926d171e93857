package gateway_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// listener is a client that only listens: Server-Sent Events.
type listener struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Reader
}

func listen(t *testing.T, srv *servertest.Server, token string, header ...string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", srv.URL()+"/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return &listener{t, resp, bufio.NewReader(resp.Body)}
}

// event is the next one's name and data; "", "" is the end.
func (l *listener) event() (name, data string) {
	l.t.Helper()
	name, data, err := l.next()
	if err != nil && err != io.EOF {
		l.t.Fatal(err)
	}
	return name, data
}

// next is event with its error; io.EOF is the end.
func (l *listener) next() (name, data string, err error) {
	for {
		line, err := l.in.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "event":
			name = value
		case "data":
			data = value
		case "":
			if data != "" {
				return name, data, nil
			}
		}
	}
}

// frame is the next frame that is wanted.
func (l *listener) frame(want func(api.ServerFrame) bool) api.ServerFrame {
	l.t.Helper()
	for {
		name, data := l.event()
		if data == "" || name != "" {
			l.t.Fatalf("the events ended: %s %s", name, data)
		}
		f, err := api.DecodeTolerant[api.ServerFrame]([]byte(data))
		if err != nil {
			l.t.Fatal(err)
		}
		if want(f) {
			return f
		}
	}
}

func (l *listener) live() *listener {
	l.t.Helper()
	l.frame(func(f api.ServerFrame) bool { return f.Kind == api.FrameLive })
	return l
}

// closed is the close event, and nothing after it.
func (l *listener) closed() (data string) {
	l.t.Helper()
	for {
		name, data := l.event()
		if data == "" {
			l.t.Fatal("the events ended without a close")
		}
		if name == "close" {
			if _, more := l.event(); more != "" {
				l.t.Errorf("after the close: %s", more)
			}
			return data
		}
	}
}

func TestWhoOnlyListensHearsWhatASocketHears(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob")
	ada, bob := p[0], p[1]
	g := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}}).Conversation
	l := listen(t, srv, bob.Token, "Last-Event-ID", "anything")
	if got := l.resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	kinds := []api.FrameKind{}
	l.frame(func(f api.ServerFrame) bool { kinds = append(kinds, f.Kind); return f.Kind == api.FrameLive })
	if want := []api.FrameKind{api.FrameHello, api.FrameSignedIn, api.FrameHeads, api.FrameHeadsEnd, api.FrameLive}; !slices.Equal(kinds, want) {
		t.Errorf("began with %v, not %v", kinds, want)
	}
	sent := ada.Must(api.Action{Type: api.SendMessage, Conversation: g, Text: "one\ntwo"})
	if f := l.frame(entryOf(sent.Action)); f.Event.Seq != sent.Seq {
		t.Errorf("heard seq %d, not %d", f.Event.Seq, sent.Seq)
	}
	own := bob.Must(api.Action{Type: api.SendMessage, Conversation: g, Text: "and I hear my results"})
	l.frame(func(f api.ServerFrame) bool { return f.Kind == api.FrameResult && f.Result.Action == own.Action })
}

// What a listener cannot send is not named; what it may ask for by HTTP is.
func TestWhoOnlyListensIsOfferedNothingToSend(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	hello := func(f api.ServerFrame) bool { return f.Kind == api.FrameHello }
	heard, socket := listen(t, srv, ada.Token).frame(hello).Features, dialStream(t, srv, ada.Token).next(api.FrameHello).Features
	frames := []string{"attach", "action", "pull", "mark", "typing", "presence"}
	if len(heard) == 0 || slices.ContainsFunc(heard, func(f string) bool { return slices.Contains(frames, f) }) {
		t.Errorf("a listener is offered %v", heard)
	}
	for _, f := range slices.Concat(frames, heard) {
		if !slices.Contains(socket, f) {
			t.Errorf("a WebSocket is not offered %s", f)
		}
	}
}

func TestAListenerOfASessionThatEndsIsSentAway(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	l := listen(t, srv, ada.Token).live()
	if status, problem := ada.HTTP("DELETE", "/v1/sessions/current", nil, nil); status != http.StatusNoContent {
		t.Fatal(status, problem)
	}
	if got := l.closed(); !strings.Contains(got, "4001") {
		t.Errorf("closed with %s", got)
	}
}

func TestAServerThatStopsTellsListenersWhenToComeBack(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	l := listen(t, srv, srv.Person("ada").Token).live()
	stopped := make(chan error, 1)
	go func() { stopped <- srv.Stop() }()
	l.frame(func(f api.ServerFrame) bool { return f.Kind == api.FrameGoingAway && f.RetryAfterMS > 0 })
	if got := l.closed(); !strings.Contains(got, "1001") {
		t.Errorf("closed with %s", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestWhoMayNotListenIsToldInAProblem(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	for _, r := range []struct {
		what, token string
		header      []string
		want        int
	}{
		{"nobody", "", nil, http.StatusUnauthorized},
		{"a wrong token", "chatctl_nonsense", nil, http.StatusUnauthorized},
		{"a page of another origin", ada.Token, []string{"Origin", "https://elsewhere.example"}, http.StatusForbidden},
		{"who asks for JSON", ada.Token, []string{"Accept", "application/json"}, http.StatusUpgradeRequired},
	} {
		l := listen(t, srv, r.token, r.header...)
		if ct := l.resp.Header.Get("Content-Type"); l.resp.StatusCode != r.want || ct != "application/problem+json" {
			t.Errorf("%s: status %d, %s", r.what, l.resp.StatusCode, ct)
		}
	}
}

func TestListenersCountAmongTheAccountsStreamsAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	open := make([]*listener, 100)
	for i := range open {
		open[i] = listen(t, srv, ada.Token).live()
	}
	if l := listen(t, srv, ada.Token); l.resp.StatusCode != http.StatusTooManyRequests {
		t.Fatalf("one too many: status %d", l.resp.StatusCode)
	}
	for _, l := range open {
		l.resp.Body.Close()
	}
	until(t, "a listener may come again", func() bool {
		l := listen(t, srv, ada.Token)
		defer l.resp.Body.Close()
		return l.resp.StatusCode == http.StatusOK
	})
}

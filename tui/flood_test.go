package tui_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/coder/websocket"
)

var (
	flooded = api.ConversationID{7}
	reader  = api.MemberID{1}
	writer  = api.MemberID{2}
)

// flood is a server with one group, in which so many messages a second are
// written; sent counts them.
func flood(b *testing.B, perSecond int, sent *atomic.Int64) (url string) {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/stream", func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chatctl.v1"}})
		if err != nil {
			b.Errorf("accepting: %v", err)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		var deaf sync.WaitGroup
		defer deaf.Wait()
		defer func() { _ = ws.CloseNow() }()
		deaf.Go(func() { // what the client says does not matter here
			defer cancel()
			for {
				if _, _, err := ws.Read(ctx); err != nil {
					return
				}
			}
		})
		pour(ctx, ws, perSecond, sent)
	})
	answer := func(path, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, body) //nolint:errcheck // the client tells
		})
	}
	answer("/v1/me/blocks", `{"blocks":[]}`)
	answer("/v1/conversations/{id}/messages", `{"conversation":"`+flooded.String()+`","entries":[],"next":1,"more":false}`)
	answer("/v1/conversations/{id}/members", `{"members":[{"member":"`+writer.String()+`","handle":"bob","role":"member","membership":"present"}]}`)
	s := httptest.NewServer(mux)
	b.Cleanup(s.Close)
	return s.URL
}

// pour attaches the client and writes messages until the connection ends.
func pour(ctx context.Context, ws *websocket.Conn, perSecond int, sent *atomic.Int64) {
	send := func(f api.ServerFrame) bool { return ws.Write(ctx, websocket.MessageText, api.Encode(&f)) == nil }
	head := api.Head{Conversation: flooded, Kind: api.Group, Name: "ops", Me: reader, Membership: api.Present}
	for _, f := range []api.ServerFrame{{Kind: api.FrameHello, Epoch: api.Epoch{1}, PingS: 25},
		{Kind: api.FrameHeads, Heads: []api.Head{head}}, {Kind: api.FrameHeadsEnd, Cursor: "c"}, {Kind: api.FrameLive}} {
		if !send(f) {
			return
		}
	}
	const together = 5
	every := time.NewTicker(time.Second * together / time.Duration(perSecond))
	defer every.Stop()
	for {
		for range together {
			seq := sent.Add(1)
			e := api.Entry{Conversation: flooded, Seq: seq, Ord: seq, Kind: api.EntryMessage, Sender: writer, Time: api.Now(), Action: api.NewActionID(),
				Body: api.Encode(api.MessageBody{Text: fmt.Sprintf("message **%d** with some `code` and a word for @bob", seq)})}
			if !send(api.ServerFrame{Kind: api.FrameEntry, Event: &e}) {
				return
			}
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// meter is a terminal that tells when something is drawn.
type meter struct {
	mu     sync.Mutex
	want   string
	drawn  chan struct{}
	frames int
}

func (m *meter) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.frames++
	if m.want != "" && bytes.Contains(p, []byte(m.want)) {
		m.want = ""
		m.drawn <- struct{}{}
	}
	return len(p), nil
}

func (m *meter) await(want string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.want = want
}

func (m *meter) seen(b *testing.B, want string) {
	select {
	case <-m.drawn:
	case <-time.After(time.Minute):
		b.Fatalf("%q was not drawn", want)
	}
}

func (m *meter) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.frames
}

// From a key until the screen shows it, while 500 messages a second arrive in
// the conversation on the screen: the whole program, on a screen of 200×60 with
// the frames that people get.
func BenchmarkKeyToScreen(b *testing.B) {
	in, keys := io.Pipe()
	screen := &meter{drawn: make(chan struct{}, 1)}
	life, stop := context.WithCancel(b.Context())
	var sent atomic.Int64
	account := session.Account{Server: flood(b, 500, &sent), Handle: "ada", Token: "token", Dir: b.TempDir()}
	m := tui.New(life, tui.Config{Account: &account, Chat: chat.Config{
		Keys: keymap.Default(), Location: time.UTC, Signals: attention.Signals{Terminal: screen},
	}})
	p := tea.NewProgram(m, tea.WithInput(in), tea.WithOutput(screen), tea.WithAltScreen(), tea.WithFPS(30), tea.WithoutSignals())
	ended := make(chan error, 1)
	go func() {
		_, err := p.Run()
		ended <- err
	}()
	press := func(bytes, shows string) {
		screen.await(shows)
		if _, err := io.WriteString(keys, bytes); err != nil {
			b.Fatal(err)
		}
		screen.seen(b, shows)
	}
	screen.await("connected")
	p.Send(tea.WindowSizeMsg{Width: 200, Height: 60})
	screen.seen(b, "connected")
	press("\x1bn", "write to #ops")

	var took []time.Duration
	frames, messages, began := screen.count(), sent.Load(), time.Now()
	written := ""
	for b.Loop() {
		if len(written) == 26 {
			press("\x15", "write to #ops") // the line is emptied
			written = ""
		}
		key := string(rune('A' + len(written)))
		written += key
		pressed := time.Now()
		press(key, written)
		took = append(took, time.Since(pressed))
	}
	lasted := time.Since(began).Seconds()
	b.ReportMetric(float64(screen.count()-frames)/lasted, "frames/s")
	b.ReportMetric(float64(sent.Load()-messages)/lasted, "messages/s")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
	p.Quit()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	stop()
	if err := m.Close(); err != nil {
		b.Error(err)
	}
}

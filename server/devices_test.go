package server_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/server/servertest"
)

// wire is a way to a server that can be cut.
type wire struct {
	url  string
	mu   sync.Mutex
	open map[net.Conn]bool
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{url: "http://" + l.Addr().String(), open: map[net.Conn]bool{}}
	var ended sync.WaitGroup
	t.Cleanup(func() {
		l.Close() //nolint:errcheck // the test is over
		w.cut()
		ended.Wait()
	})
	ended.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			ended.Go(func() { w.carry(c, strings.TrimPrefix(to, "http://")) })
		}
	})
	return w
}

// carry copies both ways until either end, or cut, ends it.
func (w *wire) carry(c net.Conn, to string) {
	defer c.Close() //nolint:errcheck // it may be cut
	s, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer s.Close() //nolint:errcheck // it may be cut
	w.mu.Lock()
	w.open[c] = true
	w.mu.Unlock()
	var back sync.WaitGroup
	back.Go(func() {
		io.Copy(c, s) //nolint:errcheck // it may be cut
		c.Close()     //nolint:errcheck // so that the other way ends
	})
	io.Copy(s, c) //nolint:errcheck // it may be cut
	s.Close()     //nolint:errcheck // so that the other way ends
	back.Wait()
	w.mu.Lock()
	delete(w.open, c)
	w.mu.Unlock()
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		c.Close() //nolint:errcheck // it may be gone already
	}
}

// device is a client of a person with what it shows of blocks and heads.
type device struct {
	*wire
	stream *stream.Stream

	mu     sync.Mutex
	heads  map[api.ConversationID]api.Head
	blocks map[string]bool
	lives  int
}

func newDevice(ctx context.Context, t *testing.T, busy *sync.WaitGroup, srv *servertest.Server, p *servertest.Person) *device {
	t.Helper()
	d := &device{wire: newWire(t, srv.URL()), heads: map[api.ConversationID]api.Head{}, blocks: map[string]bool{}}
	c, err := client.New(client.Config{Server: d.url, Token: p.Token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	d.stream = stream.New(c, stream.Config{Handle: d.handle, Follow: func(h api.Head, _ bool) (int64, bool) { return h.LastSeq, true }})
	busy.Go(func() {
		if err := d.stream.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *device) handle(e stream.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch e := e.(type) {
	case stream.Arrived:
		d.heads[e.Head.Conversation] = e.Head
	case stream.HeadMoved:
		d.heads[e.Head.Conversation] = e.Head
	case stream.BlockChanged:
		d.blocks[e.Block.Handle] = e.Block.Active
	case stream.State:
		if e.Phase == stream.Live {
			d.lives++
		}
	}
}

// shows tells whether the device shows what the server has.
func (d *device) shows(heads []api.Head, blocks map[string]bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range heads {
		got := d.heads[h.Conversation]
		if got.LastSeq != h.LastSeq || got.ReadSeq != h.ReadSeq || got.LastOrd-got.ReadOrd != h.LastOrd-h.ReadOrd || got.Mentions != h.Mentions {
			return fmt.Errorf("last %d, read %d, unread %d, mentions %d; the server says %d, %d, %d, %d", got.LastSeq, got.ReadSeq, got.LastOrd-got.ReadOrd, got.Mentions,
				h.LastSeq, h.ReadSeq, h.LastOrd-h.ReadOrd, h.Mentions)
		}
	}
	if !maps.Equal(d.blocks, blocks) {
		return fmt.Errorf("blocks %v; the server says %v", d.blocks, blocks)
	}
	return nil
}

// TestTwoDevicesOfAPersonAgreeThroughCutConnections: whatever one does, and is
// done to the person, both come to show what the server has, though live entries
// are lost and each connection is cut again and again.
func TestTwoDevicesOfAPersonAgreeThroughCutConnections(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{LoseLive: 5})
	p := srv.People("ada", "bob", "cyd", "dan")
	ada := p[0]
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	defer busy.Wait()
	defer stop()
	other := srv.SignIn("ada", servertest.Password("ada"))
	devices := []*device{newDevice(ctx, t, &busy, srv, ada), newDevice(ctx, t, &busy, srv, other)}
	for _, d := range devices {
		await(t, "both are live", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.lives > 0 })
	}
	g := p[1].Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"ada", "cyd"}}).Conversation
	r := rand.New(rand.NewPCG(3, 3))
	for n := range 150 {
		d := devices[r.IntN(2)]
		switch r.IntN(6) {
		case 0, 1:
			p[1].Ask(api.Action{Type: api.SendMessage, Conversation: g, Text: fmt.Sprintf("hello %d, @ada", n)})
		case 2:
			p[2].Ask(api.Action{Type: api.SendMessage, To: "ada", Text: "hello"})
		case 3:
			d.mu.Lock()
			h := d.heads[g]
			d.mu.Unlock()
			d.stream.Mark(g, h.LastSeq, r.Int64N(h.LastSeq+1))
		case 4:
			kind := api.SetBlock
			if r.IntN(2) == 0 {
				kind = api.ClearBlock
			}
			ada.Ask(api.Action{Type: kind, To: []string{"cyd", "dan"}[r.IntN(2)]})
		case 5:
			d.cut()
		}
	}
	for i, d := range devices {
		var last error
		await(t, "what the server has", func() bool {
			blocks := map[string]bool{}
			var page struct {
				Blocks []api.Block `json:"blocks"`
			}
			ada.Get("/v1/me/blocks", &page)
			for _, handle := range []string{"cyd", "dan"} {
				blocks[handle] = false
			}
			for _, b := range page.Blocks {
				blocks[b.Handle] = b.Active
			}
			last = d.shows(ada.Conversations(), blocks)
			return last == nil
		})
		if last != nil {
			t.Errorf("device %d: %v", i, last)
		}
	}
}

// Package link is a session at a server as Bubble Tea wants it: what a client
// asks for is a command, and what comes is a message.
//
// It owns the stream of one account and keeps the order of what is sent. Events
// are gathered: all that came since the last frame is one message, and there
// are at most about thirty a second, however much arrives. It knows nothing of
// a screen. Its methods may be called concurrently; nothing is started but by
// Run and by the commands, and all of that ends with the context of Open.
package link

import (
	"context"
	"log/slog"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/server/client/stream"
)

const (
	// frameEvery bounds how often a screen is drawn for what arrives.
	frameEvery = time.Second / 30
	// mostWaiting bounds the events that wait for a frame. Beyond it the stream
	// is not read, and the server sees a slow reader.
	mostWaiting = 10_000
	// pingEvery is how often the time to the server is measured while nothing is sent.
	pingEvery = 15 * time.Second
	// answerWithin is how long a question may take in all.
	answerWithin = 30 * time.Second
)

// Link is one account's session.
type Link struct {
	life   context.Context // of all that the commands do; it belongs to Open's caller
	client *client.Client
	stream *stream.Stream
	outbox *outbox.Outbox

	mu      sync.Mutex
	waiting []stream.Event
	queue   []asked       // not in the outbox yet
	ready   chan struct{} // something waits
	taken   chan struct{} // what waited was taken
	last    time.Time     // of the last frame

	keeping sync.Mutex // held while the queue goes to the outbox, in order
}

// Open returns the session of c's account, which lasts until life ends. The
// actions of out are sent; who opened it closes it, after Run has returned.
func Open(life context.Context, c *client.Client, out *outbox.Outbox, log *slog.Logger) *Link {
	out.KeepFailed()
	l := &Link{life: life, client: c, outbox: out, ready: make(chan struct{}, 1), taken: make(chan struct{}, 1)}
	l.stream = stream.New(c, stream.Config{Outbox: out, Handle: l.take, Received: true, Ping: pingEvery, Log: log})
	return l
}

// Frame is everything that came since the last one.
type Frame struct {
	Link   *Link // whose: one that was left may still bring a frame
	Events []stream.Event
}

// Ended tells that the session cannot go on: Err says why, and coming back
// would be no use. It is nil when the life of the link ended.
type Ended struct {
	Link *Link
	Err  error
}

// Run keeps the session connected. The command ends with the session, and may
// be run again after that.
func (l *Link) Run() tea.Msg { return Ended{l, l.stream.Run(l.life)} }

// Next is the command that waits for the next Frame. One at a time is asked for.
func (l *Link) Next() tea.Msg {
	select {
	case <-l.ready:
	case <-l.life.Done():
		return nil
	}
	l.mu.Lock()
	early := frameEvery - time.Since(l.last)
	l.mu.Unlock()
	if early > 0 {
		pause := time.NewTimer(early)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-l.life.Done():
			return nil
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := Frame{l, l.waiting}
	l.waiting, l.last = nil, time.Now()
	signal(l.taken)
	return f
}

// take is where the stream hands events in.
func (l *Link) take(e stream.Event) {
	for {
		l.mu.Lock()
		if len(l.waiting) < mostWaiting {
			l.waiting = append(l.waiting, e)
			l.mu.Unlock()
			signal(l.ready)
			return
		}
		l.mu.Unlock()
		select {
		case <-l.taken:
		case <-l.life.Done():
			return
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Follow asks for every entry of a conversation after seq after.
func (l *Link) Follow(c api.ConversationID, after int64) { l.stream.Follow(c, after) }

// Unfollow takes that back.
func (l *Link) Unfollow(c api.ConversationID) { l.stream.Unfollow(c) }

// Hurry asks for the next connection to be tried soon.
func (l *Link) Hurry() { l.stream.Hurry() }

// Look names the conversation on the screen, whose gaps are closed first.
func (l *Link) Look(c api.ConversationID) { l.stream.Open(c) }

// Typing says that the person writes in a conversation. It is called with each key.
func (l *Link) Typing(c api.ConversationID) { l.stream.Typing(c) }

// Watch asks whether people are there, in place of those asked for before.
func (l *Link) Watch(handles []string) { l.stream.WatchPresence(handles...) }

// Mark tells the server how far a conversation was read.
func (l *Link) Mark(c api.ConversationID, read int64) { l.stream.Mark(c, 0, read) }

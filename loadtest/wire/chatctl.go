package wire

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// Chatctl drives this project's own server.
type Chatctl struct{}

func (Chatctl) Upgrade(p api.Credential) (path, protocol string, header http.Header) {
	return "/v1/stream", "chatctl.v1", http.Header{"Authorization": {"Bearer " + p.Token}}
}

func (Chatctl) First() []byte { return api.Encode(api.ClientFrame{Kind: api.FrameAttach}) }

func (Chatctl) Action(b []byte, n int64, a api.Action) []byte {
	if a.ID.IsZero() {
		a.ID = actionID(n)
	}
	return append(b, api.Encode(api.ClientFrame{Kind: api.FrameAction, Ref: strconv.FormatInt(n, 10), Action: &a})...)
}

func (Chatctl) Group(owner api.Credential, n int64) (api.ActionID, api.ConversationID) {
	id := actionID(n)
	return id, api.GroupConversation(owner.User, id)
}

func (Chatctl) Message(b []byte, n int64, to Address, text []byte) []byte {
	b = append(b, `{"kind":"action","ref":"`...)
	b = strconv.AppendInt(b, n, 10)
	b = append(b, `","action":{"id":"`...)
	b = append(b, actionID(n).String()...)
	b = append(b, `","type":"message.send",`...)
	if to.Handle != "" {
		b = append(append(b, `"to":"`...), to.Handle...)
	} else {
		b = append(append(b, `"conversation":"`...), to.Conversation.String()...)
	}
	b = append(b, `","text":"`...)
	b = append(b, text...)
	return append(b, `"}}`...)
}

func (Chatctl) Pull(c api.ConversationID, after int64) []byte {
	return api.Encode(api.ClientFrame{Kind: api.FramePull, Conversation: c, After: after})
}

// actionID is a UUIDv7 (RFC 9562, 5.7) whose last five bytes are n, so that a
// result says by its id alone what it answers. It is unique for its sender,
// which is all that is asked of it.
func actionID(n int64) (id api.ActionID) {
	binary.BigEndian.PutUint64(id[:], uint64(time.Now().UnixMilli())<<16|7<<12|rand.Uint64()&0x0fff)
	binary.BigEndian.PutUint64(id[8:], 2<<62|rand.Uint64()&(1<<62-1)&^(1<<40-1)|uint64(n)&(1<<40-1))
	return id
}

// numberOf is the n of an actionID.
func numberOf(id api.ActionID) int64 {
	return int64(binary.BigEndian.Uint64(id[8:]) & (1<<40 - 1))
}

func (Chatctl) Read(frame []byte) Event {
	if e, ok := quickEntry(frame); ok {
		return e
	}
	return readFrame(frame)
}

// quickEntry reads a live message whose fields stand in the order in which this
// project's server writes them. It takes nothing that readFrame would read
// otherwise: up to the body every field is matched where it stands, none of them
// can hold a stranger's text, and a text with a backslash is left to readFrame.
func quickEntry(frame []byte) (e Event, ok bool) {
	c := cursor{rest: frame}
	c.skip(`{"kind":"entry","event":{"conversation":"`)
	c.until('"')
	c.skip(`,"seq":`)
	seq := c.number()
	c.skip(`,"ord":`)
	c.number()
	c.skip(`,"entry":"message","sender":"`)
	c.until('"')
	c.skip(`,"action":"`)
	c.until('"')
	c.skip(`,"time":"`)
	c.until('"')
	c.skip(`,"body":{"text":"`)
	text := c.until('"')
	if c.bad || bytes.IndexByte(text, '\\') >= 0 {
		return e, false
	}
	return Event{Kind: Delivered, Seq: seq, Text: text}, true
}

// cursor walks along a frame of known shape; bad once it was another.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) skip(s string) {
	if c.bad || len(c.rest) < len(s) || string(c.rest[:len(s)]) != s {
		c.bad = true
		return
	}
	c.rest = c.rest[len(s):]
}

func (c *cursor) until(b byte) []byte {
	i := bytes.IndexByte(c.rest, b)
	if c.bad || i < 0 {
		c.bad = true
		return nil
	}
	s := c.rest[:i]
	c.rest = c.rest[i+1:]
	return s
}

func (c *cursor) number() (n int64) {
	i := 0
	for ; i < len(c.rest) && i < 16 && c.rest[i] >= '0' && c.rest[i] <= '9'; i++ {
		n = n*10 + int64(c.rest[i]-'0')
	}
	c.bad = c.bad || i == 0
	c.rest = c.rest[i:]
	return n
}

// readFrame reads any frame, whatever its fields' order.
func readFrame(frame []byte) Event {
	f, err := api.DecodeTolerant[api.ServerFrame](frame)
	if err != nil {
		return Event{Kind: Failed, N: -1, Why: "a frame that cannot be read: " + err.Error()}
	}
	switch f.Kind {
	case api.FrameLive:
		return Event{Kind: Live}
	case api.FrameLagging:
		return Event{Kind: Lagging}
	case api.FrameGoingAway:
		return Event{Kind: Away, After: time.Duration(f.RetryAfterMS) * time.Millisecond}
	case api.FrameEntry:
		if f.Event != nil {
			return Entry(*f.Event)
		}
	case api.FrameEntries:
		if f.Page != nil {
			return Event{Kind: Batch, Conversation: f.Page.Conversation, Entries: f.Page.Entries, Next: f.Page.Next, More: f.Page.More}
		}
	case api.FrameHeads, api.FrameHeadsEnd:
		return Event{Kind: Behind, Heads: f.Heads}
	case api.FrameHead:
		if f.Head != nil {
			return Event{Kind: Behind, Heads: []api.Head{*f.Head}}
		}
	case api.FrameAccepted:
		return Event{Kind: Accepted, N: numberOf(f.Action)}
	case api.FrameResult:
		if f.Result != nil {
			return resultEvent(*f.Result)
		}
	case api.FrameConflict:
		return Event{Kind: Failed, N: numberOf(f.Action), Why: "conflict: the action's id was used before"}
	case api.FrameProblem:
		return problemEvent(f)
	}
	return Event{}
}

// Entry is an entry as an event, as when it had come alone.
func Entry(e api.Entry) Event {
	ev := Event{Kind: Delivered, Seq: e.Seq}
	var body api.MessageBody
	if e.Kind == api.EntryMessage && json.Unmarshal(e.Body, &body) == nil {
		ev.Text = []byte(body.Text)
	}
	return ev
}

func resultEvent(r api.Result) Event {
	switch r.Outcome {
	case api.Refused, api.ActionHeld:
		return Event{Kind: Failed, N: numberOf(r.Action), Why: string(r.Outcome) + " " + string(r.Reason)}
	}
	return Event{Kind: Done, N: numberOf(r.Action)}
}

func problemEvent(f api.ServerFrame) Event {
	n, err := strconv.ParseInt(f.Ref, 10, 64)
	if err != nil {
		n = -1
	}
	why := "a problem without a reason"
	if f.Problem != nil {
		why = f.Problem.Error()
	}
	return Event{Kind: Failed, N: n, Why: why}
}

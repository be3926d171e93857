package loadtest

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

// chatctl drives this project's own server.
type chatctl struct{}

func (chatctl) upgrade(p api.Credential) (path, protocol string, header http.Header) {
	return "/v1/stream", "chatctl.v1", http.Header{"Authorization": {"Bearer " + p.Token}}
}

func (chatctl) first() []byte { return api.Encode(api.ClientFrame{Kind: api.FrameAttach}) }

func (chatctl) action(b []byte, n int64, a api.Action) []byte {
	if a.ID.IsZero() {
		a.ID = actionID(n)
	}
	return append(b, api.Encode(api.ClientFrame{Kind: api.FrameAction, Ref: strconv.FormatInt(n, 10), Action: &a})...)
}

func (chatctl) group(owner api.Credential, n int64) (api.ActionID, api.ConversationID) {
	id := actionID(n)
	return id, api.GroupConversation(owner.User, id)
}

func (chatctl) message(b []byte, n int64, to address, text []byte) []byte {
	b = append(b, `{"kind":"action","ref":"`...)
	b = strconv.AppendInt(b, n, 10)
	b = append(b, `","action":{"id":"`...)
	b = append(b, actionID(n).String()...)
	b = append(b, `","type":"message.send",`...)
	if to.handle != "" {
		b = append(append(b, `"to":"`...), to.handle...)
	} else {
		b = append(append(b, `"conversation":"`...), to.conversation.String()...)
	}
	b = append(b, `","text":"`...)
	b = append(b, text...)
	return append(b, `"}}`...)
}

func (chatctl) pull(c api.ConversationID, after int64) []byte {
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

func (chatctl) read(frame []byte) event {
	if e, ok := quickEntry(frame); ok {
		return e
	}
	return readFrame(frame)
}

// quickEntry reads a live message whose fields stand in the order in which this
// project's server writes them. It takes nothing that readFrame would read
// otherwise: up to the body every field is matched where it stands, none of them
// can hold a stranger's text, and a text with a backslash is left to readFrame.
func quickEntry(frame []byte) (e event, ok bool) {
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
	return event{kind: delivered, seq: seq, text: text}, true
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
func readFrame(frame []byte) event {
	f, err := api.DecodeTolerant[api.ServerFrame](frame)
	if err != nil {
		return event{kind: failed, n: -1, why: "a frame that cannot be read: " + err.Error()}
	}
	switch f.Kind {
	case api.FrameLive:
		return event{kind: live}
	case api.FrameLagging:
		return event{kind: lagging}
	case api.FrameEntry:
		if f.Event != nil {
			return entryEvent(*f.Event)
		}
	case api.FrameEntries:
		if f.Page != nil {
			return event{kind: batch, conversation: f.Page.Conversation, entries: f.Page.Entries, next: f.Page.Next, more: f.Page.More}
		}
	case api.FrameHeads, api.FrameHeadsEnd:
		return event{kind: behind, heads: f.Heads}
	case api.FrameHead:
		if f.Head != nil {
			return event{kind: behind, heads: []api.Head{*f.Head}}
		}
	case api.FrameAccepted:
		return event{kind: accepted, n: numberOf(f.Action)}
	case api.FrameResult:
		if f.Result != nil {
			return resultEvent(*f.Result)
		}
	case api.FrameConflict:
		return event{kind: failed, n: numberOf(f.Action), why: "conflict: the action's id was used before"}
	case api.FrameProblem:
		return problemEvent(f)
	}
	return event{}
}

func entryEvent(e api.Entry) event {
	ev := event{kind: delivered, seq: e.Seq}
	var body api.MessageBody
	if e.Kind == api.EntryMessage && json.Unmarshal(e.Body, &body) == nil {
		ev.text = []byte(body.Text)
	}
	return ev
}

func resultEvent(r api.Result) event {
	switch r.Outcome {
	case api.Refused, api.ActionHeld:
		return event{kind: failed, n: numberOf(r.Action), why: string(r.Outcome) + " " + string(r.Reason)}
	}
	return event{kind: done, n: numberOf(r.Action)}
}

func problemEvent(f api.ServerFrame) event {
	n, err := strconv.ParseInt(f.Ref, 10, 64)
	if err != nil {
		n = -1
	}
	why := "a problem without a reason"
	if f.Problem != nil {
		why = f.Problem.Error()
	}
	return event{kind: failed, n: n, why: why}
}

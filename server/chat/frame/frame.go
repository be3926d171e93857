// Package frame writes the client frames of chat's live items: entries, results
// and marks, appended to a buffer without reflection, because each is written
// once for everyone who is entitled to it. What it writes equals what api.Encode
// writes of an api.ServerFrame. All functions may be called concurrently.
package frame

import (
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json/jsontext"
)

// Entry appends the frame of one entry.
func Entry(b []byte, e *api.Entry) []byte {
	b = append(b, `{"kind":"entry","event":{"conversation":"`...)
	b = id(b, e.Conversation)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, e.Seq, 10)
	b = append(b, `,"ord":`...)
	b = strconv.AppendInt(b, e.Ord, 10)
	b = append(b, `,"entry":"`...)
	b = append(b, e.Kind...)
	b = append(b, `","sender":"`...)
	b = id(b, e.Sender)
	b = append(b, `","action":"`...)
	b = id(b, e.Action)
	b = append(b, `","time":"`...)
	b = moment(b, e.Time)
	b = append(b, `","body":`...)
	b = append(b, e.Body...)
	return append(b, "}}"...)
}

// Message appends the body of a message: api.MessageBody.
func Message(b []byte, m *api.MessageBody) ([]byte, error) {
	b = append(b, `{"text":`...)
	b, err := jsontext.AppendQuote(b, m.Text)
	if err != nil {
		return b, err
	}
	b = number(b, "reply_to", m.ReplyTo)
	for i, who := range m.Mentions {
		if i == 0 {
			b = append(b, `,"mentions":["`...)
		} else {
			b = append(b, `,"`...)
		}
		b = append(id(b, who), '"')
	}
	if len(m.Mentions) > 0 {
		b = append(b, ']')
	}
	return append(b, '}'), nil
}

// Result appends the frame of a result.
func Result(b []byte, r *api.Result) []byte {
	b = append(b, `{"kind":"result","action":"`...)
	b = id(b, r.Action)
	b = append(b, `","result":{"action":"`...)
	b = id(b, r.Action)
	b = append(b, `","outcome":"`...)
	b = append(append(b, r.Outcome...), '"')
	if r.Reason != "" {
		b = append(b, `,"reason":"`...)
		b = append(append(b, r.Reason...), '"')
	}
	if !r.Conversation.IsZero() {
		b = append(b, `,"conversation":"`...)
		b = append(id(b, r.Conversation), '"')
	}
	b = number(b, "seq", r.Seq)
	b = number(b, "ord", r.Ord)
	if r.Time != 0 {
		b = append(b, `,"time":"`...)
		b = append(moment(b, r.Time), '"')
	}
	return append(b, "}}"...)
}

// Conflict appends the frame that tells an attempt that its key names another action.
func Conflict(b []byte, a api.ActionID) []byte {
	b = append(b, `{"kind":"conflict","action":"`...)
	return append(id(b, a), `"}`...)
}

// Marks appends the frame of a member's marks.
func Marks(b []byte, c api.ConversationID, m api.MemberID, received, read int64) []byte {
	b = append(b, `{"kind":"marks","conversation":"`...)
	b = id(b, c)
	b = append(b, `","member":"`...)
	b = append(id(b, m), '"')
	b = number(b, "received", received)
	b = number(b, "read", read)
	return append(b, '}')
}

// Person appends the frame of a person's new version.
func Person(b []byte, version int64) []byte {
	return append(number(append(b, `{"kind":"person"`...), "version", version), '}')
}

// number appends a further field, which is left out when it is 0.
func number(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return strconv.AppendInt(b, n, 10)
}

func id[K any](b []byte, v api.ID[K]) []byte {
	b, _ = v.AppendText(b)
	return b
}

func moment(b []byte, t api.Time) []byte {
	b, _ = t.AppendText(b)
	return b
}

// Package sse writes the frames of a stream as Server-Sent Events (WHATWG HTML,
// 9.2), for clients that only listen.
//
// It is text only: connections and their queues are the hub's. All functions may
// be called concurrently.
package sse

import (
	"bytes"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
)

// ContentType is the media type of a response that holds events.
const ContentType = "text/event-stream"

// AppendFrame appends an event whose data is a frame, JSON without line breaks.
// One that sends the client away says after how long to come back, too.
func AppendFrame(b, frame []byte) []byte {
	if bytes.HasPrefix(frame, []byte(`{"kind":"going_away"`)) {
		if f, err := api.DecodeTolerant[api.ServerFrame](frame); err == nil {
			b = fmt.Appendf(b, "retry: %d\n", f.RetryAfterMS)
		}
	}
	return append(append(append(b, "data: "...), frame...), "\n\n"...)
}

// AppendComment appends what keeps a connection, and the proxies on its way, awake.
func AppendComment(b []byte) []byte { return append(b, ":\n\n"...) }

// AppendClose appends the event that tells why nothing follows it, with the close
// code of a WebSocket.
func AppendClose(b []byte, code api.CloseCode, reason string) []byte {
	data := api.Encode(struct {
		Code   api.CloseCode `json:"code"`
		Reason string        `json:"reason"`
	}{code, reason})
	return append(append(append(b, "event: close\ndata: "...), data...), "\n\n"...)
}

// End is the first end of an event at or after off, in b that begins with an
// event and holds whole ones.
func End(b []byte, off int) int {
	end := []byte("\n\n")
	if off == 0 || bytes.HasSuffix(b[:off], end) {
		return off
	}
	return off - 1 + bytes.Index(b[off-1:], end) + len(end)
}

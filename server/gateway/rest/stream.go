package rest

import (
	"mime"
	"net/http"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/stream"
)

// stream opens the event stream (GET /v1/stream): a WebSocket, or Server-Sent
// Events for who asks for those.
func (s *Server) stream(w http.ResponseWriter, r *request) error {
	if r.Header.Get("Upgrade") == "" && wantsEvents(r.Header) {
		return s.listen(w, r)
	}
	return s.Streams.Open(w, r.Request, stream.Opening{Principal: r.principal, Address: r.addr})
}

// listen serves Server-Sent Events. A Last-Event-ID is not looked at: every
// connection begins with all heads (wire: Attach).
func (s *Server) listen(w http.ResponseWriter, r *request) error {
	if r.Method != http.MethodGet {
		return api.NewProblem("method_not_allowed", "a stream is opened with GET")
	}
	if r.principal.User.IsZero() {
		return api.NewProblem("signed_out", "send Authorization: Bearer and the token of a session")
	}
	return s.Streams.Listen(w, r.Request, stream.Opening{Principal: r.principal, Address: r.addr})
}

func wantsEvents(h http.Header) bool {
	for _, line := range h.Values("Accept") {
		for part := range strings.SplitSeq(line, ",") {
			if t, _, err := mime.ParseMediaType(part); err == nil && t == "text/event-stream" {
				return true
			}
		}
	}
	return false
}

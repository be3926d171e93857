package rest

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/flight"
)

// mark takes a person's marks; they are written within a second (wire: State).
func (s *Server) mark(r *request, in markBody) error {
	c, err := conversationID(r)
	if err != nil {
		return err
	}
	f := api.ClientFrame{Kind: api.FrameMark, Conversation: c, Received: in.Received, Read: in.Read}
	if err := f.Check(); err != nil {
		return err
	}
	if !s.Intake.Mark(r.principal.User, c, in.Received, in.Read) {
		return api.NewProblem("too_many", "too many marks wait to be written").Later(1)
	}
	s.Flight.Marked(flight.Device{User: r.principal.User, Session: r.principal.Session}, c, in.Received, in.Read)
	return nil
}

type markBody struct {
	Received int64 `json:"received"`
	Read     int64 `json:"read"`
}

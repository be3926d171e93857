package rest

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
)

func (s *Server) conversations(r *request) (any, error) {
	after, err := optionalID[api.ConversationID](r, "after")
	if err != nil {
		return nil, err
	}
	limit, err := number(r, "limit", 1, api.HeadsPage, api.HeadsPage)
	if err != nil {
		return nil, err
	}
	heads, err := s.Reader.Heads(r.Context(), r.principal.User, after, int(limit))
	return struct {
		Conversations []api.Head `json:"conversations"`
	}{heads}, err
}

func (s *Server) conversation(r *request) (any, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	return s.Reader.Head(r.Context(), r.principal.User, c)
}

func (s *Server) direct(r *request) (any, error) {
	handle := r.PathValue("handle")
	if err := text.Handle(handle); err != nil {
		return nil, api.NewProblem("invalid", "%v", err)
	}
	known, err := s.Accounts.Resolve(r.Context(), []string{handle})
	if err != nil {
		return nil, err
	}
	return s.Reader.Head(r.Context(), r.principal.User, api.DirectConversation(r.principal.User, known[handle]))
}

func (s *Server) members(r *request) (any, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	after, err := optionalID[api.MemberID](r, "after")
	if err != nil {
		return nil, err
	}
	limit, err := number(r, "limit", 1, 1000, 200)
	if err != nil {
		return nil, err
	}
	members, err := s.Reader.Members(r.Context(), r.principal.User, c, after, int(limit))
	return struct {
		Members []api.Member `json:"members"`
	}{members}, err
}

func (s *Server) messages(r *request) (any, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	before, err := number(r, "before", 1, 1<<53-1, 0)
	if err != nil {
		return nil, err
	}
	after, err := number(r, "after", 0, 1<<53-1, 0)
	if err != nil {
		return nil, err
	}
	if before > 0 && after > 0 {
		return nil, api.NewProblem("invalid", "give before or after, not both")
	}
	if q := r.URL.Query(); !q.Has("before") && !q.Has("after") {
		before = 1<<53 - 1 // the last ones
	}
	limit, err := number(r, "limit", 1, api.EntriesPage, api.EntriesPage)
	if err != nil {
		return nil, err
	}
	return s.Reader.Messages(r.Context(), r.principal.User, c, before, after, int(limit))
}

func (s *Server) entries(r *request) (any, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	after, err := number(r, "after", 0, 1<<53-1, 0)
	if err != nil {
		return nil, err
	}
	to, err := number(r, "to", 0, 1<<53-1, 0)
	if err != nil {
		return nil, err
	}
	limit, err := number(r, "limit", 1, api.EntriesPage, api.EntriesPage)
	if err != nil {
		return nil, err
	}
	return s.Reader.Entries(r.Context(), r.principal.User, c, after, to, int(limit))
}

func (s *Server) changes(r *request) (any, error) {
	after, err := number(r, "after", 0, 1<<53-1, 0)
	if err != nil {
		return nil, err
	}
	return s.Reader.Changes(r.Context(), r.principal.User, after, api.HeadsPage)
}

func (s *Server) blocks(r *request) (any, error) {
	after := r.URL.Query().Get("after")
	if after != "" {
		if err := text.Handle(after); err != nil {
			return nil, api.NewProblem("invalid", "after: %v", err)
		}
	}
	blocks, err := s.Reader.Blocks(r.Context(), r.principal.User, after, api.HeadsPage)
	return struct {
		Blocks []api.Block `json:"blocks"`
	}{blocks}, err
}

func (s *Server) outcome(r *request) (any, error) {
	var id api.ActionID
	if err := id.UnmarshalText([]byte(r.PathValue("action"))); err != nil {
		return nil, api.NewProblem("invalid", "action: %v", err)
	}
	return s.Reader.Outcome(r.Context(), r.principal.User, id)
}

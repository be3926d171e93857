package gateway

import (
	"net/http"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
)

func (g *Gateway) conversations(w http.ResponseWriter, r *request) error {
	after, err := optionalID[api.ConversationID](r, "after")
	if err != nil {
		return err
	}
	limit, err := number(r, "limit", 1, api.HeadsPage, api.HeadsPage)
	if err != nil {
		return err
	}
	heads, err := g.Reader.Heads(r.Context(), r.principal.User, after, int(limit))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Conversations []api.Head `json:"conversations"`
	}{heads})
}

func (g *Gateway) conversation(w http.ResponseWriter, r *request) error {
	c, err := conversationID(r)
	if err != nil {
		return err
	}
	head, err := g.Reader.Head(r.Context(), r.principal.User, c)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, head)
}

func (g *Gateway) direct(w http.ResponseWriter, r *request) error {
	handle := r.PathValue("handle")
	if err := text.Handle(handle); err != nil {
		return api.NewProblem("invalid", "%v", err)
	}
	known, err := g.Accounts.Resolve(r.Context(), []string{handle})
	if err != nil {
		return err
	}
	head, err := g.Reader.Head(r.Context(), r.principal.User, api.DirectConversation(r.principal.User, known[handle]))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, head)
}

func (g *Gateway) members(w http.ResponseWriter, r *request) error {
	c, err := conversationID(r)
	if err != nil {
		return err
	}
	after, err := optionalID[api.MemberID](r, "after")
	if err != nil {
		return err
	}
	limit, err := number(r, "limit", 1, 1000, 200)
	if err != nil {
		return err
	}
	members, err := g.Reader.Members(r.Context(), r.principal.User, c, after, int(limit))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Members []api.Member `json:"members"`
	}{members})
}

func (g *Gateway) messages(w http.ResponseWriter, r *request) error {
	c, err := conversationID(r)
	if err != nil {
		return err
	}
	before, err := number(r, "before", 0, 1<<53-1, 0)
	if err != nil {
		return err
	}
	after, err := number(r, "after", 0, 1<<53-1, 0)
	if err != nil {
		return err
	}
	if before > 0 && after > 0 {
		return api.NewProblem("invalid", "give before or after, not both")
	}
	if q := r.URL.Query(); !q.Has("before") && !q.Has("after") {
		before = 1<<53 - 1 // the last ones
	}
	limit, err := number(r, "limit", 1, api.EntriesPage, api.EntriesPage)
	if err != nil {
		return err
	}
	page, err := g.Reader.Messages(r.Context(), r.principal.User, c, before, after, int(limit))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, page)
}

func (g *Gateway) entries(w http.ResponseWriter, r *request) error {
	c, err := conversationID(r)
	if err != nil {
		return err
	}
	after, err := number(r, "after", 0, 1<<53-1, 0)
	if err != nil {
		return err
	}
	to, err := number(r, "to", 0, 1<<53-1, 0)
	if err != nil {
		return err
	}
	limit, err := number(r, "limit", 1, api.EntriesPage, api.EntriesPage)
	if err != nil {
		return err
	}
	page, err := g.Reader.Entries(r.Context(), r.principal.User, c, after, to, int(limit))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, page)
}

func (g *Gateway) changes(w http.ResponseWriter, r *request) error {
	after, err := number(r, "after", 0, 1<<53-1, 0)
	if err != nil {
		return err
	}
	changes, err := g.Reader.Changes(r.Context(), r.principal.User, after, api.HeadsPage)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, changes)
}

func (g *Gateway) blocks(w http.ResponseWriter, r *request) error {
	after := r.URL.Query().Get("after")
	if after != "" {
		if err := text.Handle(after); err != nil {
			return api.NewProblem("invalid", "after: %v", err)
		}
	}
	blocks, err := g.Reader.Blocks(r.Context(), r.principal.User, after, api.HeadsPage)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Blocks []api.Block `json:"blocks"`
	}{blocks})
}

func (g *Gateway) outcome(w http.ResponseWriter, r *request) error {
	var id api.ActionID
	if err := id.UnmarshalText([]byte(r.PathValue("action"))); err != nil {
		return api.NewProblem("invalid", "action: %v", err)
	}
	result, err := g.Reader.Outcome(r.Context(), r.principal.User, id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, result)
}

// mark takes a person's marks; they are written within a second (wire: State).
func (g *Gateway) mark(w http.ResponseWriter, r *request) error {
	c, err := conversationID(r)
	if err != nil {
		return err
	}
	in, err := body[struct {
		Received int64 `json:"received"`
		Read     int64 `json:"read"`
	}](r)
	if err != nil {
		return err
	}
	f := api.ClientFrame{Kind: api.FrameMark, Conversation: c, Received: in.Received, Read: in.Read}
	if err := f.Check(); err != nil {
		return err
	}
	if !g.marks.set(r.principal.User, c, in.Received, in.Read) {
		return api.NewProblem("too_many", "too many marks wait to be written").Later(1)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func conversationID(r *request) (c api.ConversationID, err error) {
	if err := c.UnmarshalText([]byte(r.PathValue("conversation"))); err != nil {
		return c, api.NewProblem("invalid", "conversation: %v", err)
	}
	return c, nil
}

// optionalID reads a query parameter that may be absent.
func optionalID[T api.ConversationID | api.MemberID](r *request, name string) (id T, err error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return id, nil
	}
	switch p := any(&id).(type) {
	case *api.ConversationID:
		err = p.UnmarshalText([]byte(s))
	case *api.MemberID:
		err = p.UnmarshalText([]byte(s))
	}
	if err != nil {
		return id, api.NewProblem("invalid", "%s: %v", name, err)
	}
	return id, nil
}

// number reads a query parameter between least and most.
func number(r *request, name string, least, most, otherwise int64) (int64, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least || n > most {
		return 0, api.NewProblem("invalid", "%s is a number from %d to %d", name, least, most)
	}
	return n, nil
}

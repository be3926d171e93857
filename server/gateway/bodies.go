package gateway

import (
	"strconv"

	"github.com/chatctl/chatctl/server/api"
)

// What each route of an action reads from its request; the fields are checked by api.Action.Check.

func sendBody(r *request) (*api.Action, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	in, err := body[struct {
		Text    string `json:"text"`
		ReplyTo int64  `json:"reply_to"`
	}](r)
	return &api.Action{Type: api.SendMessage, Conversation: c, Text: in.Text, ReplyTo: in.ReplyTo}, err
}

func sendDirectBody(r *request) (*api.Action, error) {
	in, err := body[struct {
		Text    string `json:"text"`
		ReplyTo int64  `json:"reply_to"`
	}](r)
	return &api.Action{Type: api.SendMessage, To: r.PathValue("handle"), Text: in.Text, ReplyTo: in.ReplyTo}, err
}

// onMessage reads what is asked of one message from the path.
func onMessage(r *request, t api.ActionType) (*api.Action, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq < 1 || seq >= 1<<53 {
		return nil, api.NewProblem("invalid", "a seq is a number from 1 on, below 2^53")
	}
	return &api.Action{Type: t, Conversation: c, Target: seq}, nil
}

func editBody(r *request) (*api.Action, error) {
	a, err := onMessage(r, api.EditMessage)
	if err != nil {
		return nil, err
	}
	in, err := body[struct {
		Text string `json:"text"`
	}](r)
	a.Text = in.Text
	return a, err
}

func deleteBody(r *request) (*api.Action, error) { return onMessage(r, api.DeleteMessage) }

func reportBody(r *request) (*api.Action, error) {
	a, err := onMessage(r, api.ReportMessage)
	if err != nil {
		return nil, err
	}
	in, err := body[struct {
		Text string `json:"text"`
	}](r)
	a.Text = in.Text
	return a, err
}

func renameBody(r *request) (*api.Action, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	in, err := body[struct {
		Name string `json:"name"`
	}](r)
	return &api.Action{Type: api.RenameGroup, Conversation: c, Name: in.Name}, err
}

func roleBody(r *request) (*api.Action, error) {
	a, err := onMember(r, api.SetRole)
	if err != nil {
		return nil, err
	}
	in, err := body[struct {
		Role api.Role `json:"role"`
	}](r)
	a.Role = in.Role
	return a, err
}

// onMember reads what is asked of one member from the path.
func onMember(r *request, t api.ActionType) (*api.Action, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	a := &api.Action{Type: t, Conversation: c}
	if err := a.Member.UnmarshalText([]byte(r.PathValue("member"))); err != nil {
		return nil, api.NewProblem("invalid", "member: %v", err)
	}
	return a, nil
}

func createBody(r *request) (*api.Action, error) {
	in, err := body[struct {
		Name    string      `json:"name"`
		History api.History `json:"history"`
		Members []string    `json:"members"`
	}](r)
	return &api.Action{Type: api.CreateGroup, Name: in.Name, History: in.History, Members: in.Members}, err
}

func addBody(r *request) (*api.Action, error) {
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	in, err := body[struct {
		To string `json:"to"`
	}](r)
	return &api.Action{Type: api.AddMember, Conversation: c, To: in.To}, err
}

func removeBody(r *request) (*api.Action, error) {
	if r.PathValue("member") != "me" {
		return onMember(r, api.RemoveMember)
	}
	c, err := conversationID(r)
	return &api.Action{Type: api.LeaveGroup, Conversation: c}, err
}

func blockBody(t api.ActionType) func(*request) (*api.Action, error) {
	return func(r *request) (*api.Action, error) {
		return &api.Action{Type: t, To: r.PathValue("handle")}, nil
	}
}

package gateway

import (
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
	c, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	if r.PathValue("member") == "me" {
		return &api.Action{Type: api.LeaveGroup, Conversation: c}, nil
	}
	a := &api.Action{Type: api.RemoveMember, Conversation: c}
	if err := a.Member.UnmarshalText([]byte(r.PathValue("member"))); err != nil {
		return nil, api.NewProblem("invalid", "member: %v", err)
	}
	return a, nil
}

func blockBody(t api.ActionType) func(*request) (*api.Action, error) {
	return func(r *request) (*api.Action, error) {
		return &api.Action{Type: t, To: r.PathValue("handle")}, nil
	}
}

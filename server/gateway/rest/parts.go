package rest

import (
	"strconv"

	"github.com/chatctl/chatctl/server/api"
)

// part reads a part of an action from its request: from the path, or the body.
// What the fields hold is checked by api.Action.Check.
type part func(*request, *api.Action) error

func inConversation(r *request, a *api.Action) (err error) {
	a.Conversation, err = conversationID(r)
	return err
}

func onMessage(r *request, a *api.Action) error {
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq < 1 || seq >= 1<<53 {
		return api.NewProblem("invalid", "a seq is a number from 1 on, below 2^53")
	}
	a.Target = seq
	return nil
}

func onMember(r *request, a *api.Action) error {
	if err := a.Member.UnmarshalText([]byte(r.PathValue("member"))); err != nil {
		return api.NewProblem("invalid", "member: %v", err)
	}
	return nil
}

// onMemberOrMe makes a removal of oneself a leaving.
func onMemberOrMe(r *request, a *api.Action) error {
	if r.PathValue("member") == "me" {
		a.Type = api.LeaveGroup
		return nil
	}
	return onMember(r, a)
}

func toHandle(r *request, a *api.Action) error {
	a.To = r.PathValue("handle")
	return nil
}

func withMessage(r *request, a *api.Action) error {
	in, err := body[struct {
		Text    string `json:"text"`
		ReplyTo int64  `json:"reply_to"`
	}](r)
	a.Text, a.ReplyTo = in.Text, in.ReplyTo
	return err
}

func withText(r *request, a *api.Action) error {
	in, err := body[struct {
		Text string `json:"text"`
	}](r)
	a.Text = in.Text
	return err
}

func withName(r *request, a *api.Action) error {
	in, err := body[struct {
		Name string `json:"name"`
	}](r)
	a.Name = in.Name
	return err
}

func withRole(r *request, a *api.Action) error {
	in, err := body[struct {
		Role api.Role `json:"role"`
	}](r)
	a.Role = in.Role
	return err
}

func withTo(r *request, a *api.Action) error {
	in, err := body[struct {
		To string `json:"to"`
	}](r)
	a.To = in.To
	return err
}

func withGroup(r *request, a *api.Action) error {
	in, err := body[struct {
		Name    string      `json:"name"`
		History api.History `json:"history"`
		Members []string    `json:"members"`
	}](r)
	a.Name, a.History, a.Members = in.Name, in.History, in.Members
	return err
}

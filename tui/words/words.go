// Package words says errors and refusals in the few words that have room in a
// bar: what was wrong, and where it helps, what to do.
//
// It is pure. What a server wrote may be in them: they pass text.Show where they
// are drawn.
package words

import (
	"context"
	"errors"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/server/client/stream"
)

// Refusal is the reason of a refused action.
func Refusal(r api.Reason) string {
	switch r {
	case api.ReasonUnavailable:
		return "no such person, or they cannot be reached"
	case api.ReasonNotMember:
		return "you are not in this conversation"
	case api.ReasonForbidden:
		return "you may not do this here"
	case api.ReasonSignedOut:
		return "you were signed out before it was done"
	case api.ReasonSuspended:
		return "your account is suspended"
	case api.ReasonAlreadyMember:
		return "they are in the group already"
	case api.ReasonFull:
		return "the group is full"
	case api.ReasonBlockedByYou:
		return "you block this person; /unblock ends that"
	case api.ReasonBadReply:
		return "the message that it answers is not there"
	case api.ReasonNoMessage:
		return "the message is not there any more"
	case api.ReasonTooLate:
		return "it is too late to edit this message"
	case api.ReasonDropped:
		return "an administrator dropped it"
	}
	return "the server refused it (" + string(r) + ")"
}

// Refused is the reason of a refused action, with whom it is about as far as
// that is known: of a group's people the server does not tell which one.
func Refused(a api.Action, r api.Reason) string {
	if a.Type != api.CreateGroup || r != api.ReasonUnavailable || len(a.Members) == 0 {
		return Refusal(r)
	}
	return "@" + strings.Join(a.Members, " or @") + " cannot be reached, or is not there"
}

// Of is an error in a few words; "" for none.
func Of(err error) string {
	var problem *api.Problem
	var closed *stream.ClosedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &problem):
		return refused(problem)
	case errors.As(err, &closed):
		return ended(closed)
	case errors.Is(err, client.ErrForeign):
		return foreign
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	if why := network(err); why != "" {
		return why
	}
	switch {
	case errors.Is(err, client.ErrUnreachable):
		return "no server"
	case errors.Is(err, client.ErrUnknown):
		return "it may have been done: the answer was lost"
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// Failure is why a message was not sent.
func Failure(f outbox.Failure) string {
	why := f.Error
	switch {
	case f.Reason != "":
		why = Refusal(f.Reason)
	case f.Problem != nil:
		why = Of(f.Problem)
	}
	if f.Unsure {
		why += "; an earlier try may have arrived, and another one will not double it"
	}
	return why
}

// NotDone says which action was not done.
func NotDone(a api.Action) string {
	switch a.Type {
	case api.SendMessage:
		return "not sent"
	case api.EditMessage:
		return "not edited"
	case api.DeleteMessage:
		return "not deleted"
	case api.CreateGroup:
		return "no group was made"
	case api.AddMember:
		return "@" + a.To + " was not added"
	case api.RemoveMember:
		return "nobody was removed"
	case api.RenameGroup:
		return "not renamed"
	case api.LeaveGroup:
		return "you did not leave"
	case api.ReportMessage:
		return "not reported"
	case api.SetBlock:
		return "@" + a.To + " is not blocked"
	case api.ClearBlock:
		return "@" + a.To + " is still blocked"
	}
	return "not done"
}

// Done says that an action was done, where people do not see it.
func Done(a api.Action) string {
	switch a.Type {
	case api.SetBlock:
		return "you hear no more of @" + a.To
	case api.ClearBlock:
		return "you hear @" + a.To + " again"
	case api.AddMember:
		return "@" + a.To + " is in the group"
	case api.ReportMessage:
		return "the administrators have a copy of it"
	}
	return ""
}

// Asked is an action in a line: a message is its text.
func Asked(a api.Action) string {
	switch a.Type {
	case api.SendMessage:
		return a.Text
	case api.EditMessage:
		return "edit: " + a.Text
	case api.CreateGroup:
		return "make the group " + a.Name
	case api.RenameGroup:
		return "rename to " + a.Name
	}
	return map[api.ActionType]string{
		api.DeleteMessage: "delete a message", api.ReportMessage: "report a message", api.AddMember: "add", api.RemoveMember: "remove a member",
		api.LeaveGroup: "leave", api.SetBlock: "block", api.ClearBlock: "end the block",
	}[a.Type]
}

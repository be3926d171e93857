package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
)

// frameRow is one frame with what each actor gets: nobody, stranger, blocked,
// member, owner, administrator. "" is taken without an answer; else it is the kind of what
// answers, and of a result its outcome or reason, of a problem its code.
type frameRow struct {
	name string
	make func(w *world, a actor) api.ClientFrame
	want [6]string
}

func act(make func(w *world, a actor) api.Action) func(*world, actor) api.ClientFrame {
	return func(w *world, a actor) api.ClientFrame {
		action := make(w, a)
		action.ID = api.NewActionID()
		return api.ClientFrame{Kind: api.FrameAction, Action: &action}
	}
}

const (
	refusedUnavailable = "refused unavailable"
	refusedNotMember   = "refused not_member"
	refusedForbidden   = "refused forbidden"
	nobodyGets         = "problem signed_out"
)

// all is what everybody who is signed in gets.
func all(what string) [6]string { return [6]string{nobodyGets, what, what, what, what, what} }

var frameAuthorization = []frameRow{
	{"ping", func(*world, actor) api.ClientFrame { return api.ClientFrame{Kind: api.FramePing} },
		[6]string{"pong", "pong", "pong", "pong", "pong", "pong"}},
	{"attach", func(*world, actor) api.ClientFrame { return api.ClientFrame{Kind: api.FrameAttach} }, all("live")},
	{"pull", func(w *world, _ actor) api.ClientFrame {
		return api.ClientFrame{Kind: api.FramePull, Conversation: w.group}
	}, [6]string{nobodyGets, "problem not_found", "problem not_found", "entries", "entries", "problem not_found"}},
	{"mark", func(w *world, _ actor) api.ClientFrame {
		return api.ClientFrame{Kind: api.FrameMark, Conversation: w.group, Read: 1}
	}, all("")},
	{"typing", func(w *world, _ actor) api.ClientFrame {
		return api.ClientFrame{Kind: api.FrameTyping, Conversation: w.group}
	}, all("")}, // who hears it: TestOnlyMembersHearThatOneOfThemTypes
	{"presence.watch", func(*world, actor) api.ClientFrame {
		return api.ClientFrame{Kind: api.FrameWatch, Handles: []string{"owner"}}
	}, all("presence")}, // who is seen: TestOnlyWhoSharesAConversationIsSeenOnline
	{"message.send to the group", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.SendMessage, Conversation: w.group, Text: "hi"}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, "message.sent", "message.sent", refusedNotMember}},
	{"message.send to a person", act(func(_ *world, a actor) api.Action {
		to := "member"
		if a.name == "member" {
			to = "owner"
		}
		return api.Action{Type: api.SendMessage, To: to, Text: "hi"}
	}), [6]string{nobodyGets, "message.sent", refusedUnavailable, "message.sent", "message.sent", "message.sent"}},
	{"message.send to whom one blocks", act(func(*world, actor) api.Action {
		return api.Action{Type: api.SendMessage, To: "blocked", Text: "hi"}
	}), [6]string{nobodyGets, "message.sent", refusedUnavailable, "refused blocked_by_you", "message.sent", "message.sent"}}, // nobody writes to themselves
	{"message.send to a direct conversation of others", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.SendMessage, Conversation: api.DirectConversation(w.owner.User, w.member.User), Text: "hi"}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, "message.sent", "message.sent", refusedNotMember}},
	{"message.send to nowhere", act(func(*world, actor) api.Action {
		return api.Action{Type: api.SendMessage, Conversation: api.NewConversationID(), Text: "hi"}
	}), all(refusedNotMember)},
	{"message.send to nobody", act(func(*world, actor) api.Action {
		return api.Action{Type: api.SendMessage, To: "nobody-at-all", Text: "hi"}
	}), all(refusedUnavailable)},
	{"message.edit", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.EditMessage, Conversation: w.group, Target: w.post(w.member), Text: "edited"}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, "message.edited", refusedForbidden, refusedNotMember}},
	{"message.delete of a member's", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.DeleteMessage, Conversation: w.group, Target: w.post(w.member)}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, "message.deleted", "message.deleted", refusedNotMember}},
	{"message.delete of the owner's", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.DeleteMessage, Conversation: w.group, Target: w.post(w.owner)}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, refusedForbidden, "message.deleted", refusedNotMember}},
	{"message.report", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.ReportMessage, Conversation: w.group, Target: w.post(w.owner)}
	}), [6]string{nobodyGets, "refused no_message", "refused no_message", "message.reported", refusedForbidden, "refused no_message"}},
	{"group.rename", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.RenameGroup, Conversation: w.group, Name: "renamed"}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, refusedForbidden, "group.renamed", refusedNotMember}},
	{"member.role", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.SetRole, Conversation: w.group, Member: w.victim().Member, Role: api.Admin}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, refusedForbidden, "member.role", refusedNotMember}},
	{"report.close", act(func(*world, actor) api.Action { return api.Action{Type: api.CloseReport} }),
		[6]string{"problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid"}},
	{"group.create", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.CreateGroup, Name: "new", Members: []string{w.newcomer()}}
	}), all("group.created")},
	{"member.add", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.AddMember, Conversation: w.group, To: w.newcomer()}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, "member.added", "member.added", refusedNotMember}},
	{"member.remove", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.RemoveMember, Conversation: w.group, Member: w.victim().Member}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, refusedForbidden, "member.removed", refusedNotMember}},
	{"member.leave", act(func(w *world, a actor) api.Action {
		if a.name != "member" && a.name != "owner" {
			return api.Action{Type: api.LeaveGroup, Conversation: w.group}
		}
		own := a.Must(api.Action{Type: api.CreateGroup, Name: "to be left", Members: []string{w.newcomer()}})
		return api.Action{Type: api.LeaveGroup, Conversation: own.Conversation}
	}), [6]string{nobodyGets, refusedNotMember, refusedNotMember, "member.left", "member.left", refusedNotMember}},
	{"block.set", act(func(w *world, _ actor) api.Action {
		return api.Action{Type: api.SetBlock, To: w.newcomer()}
	}), all("block.set")},
	{"block.clear", act(func(*world, actor) api.Action {
		return api.Action{Type: api.ClearBlock, To: "nobody-at-all"}
	}), all("block.cleared")},
	{"group.handover", act(func(w *world, _ actor) api.Action { return api.Action{Type: api.HandOver, Conversation: w.group} }),
		[6]string{"problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid"}},
	{"conversation.purge", act(func(w *world, _ actor) api.Action { return api.Action{Type: api.Purge, Conversation: w.group} }),
		[6]string{"problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid"}},
	{"held.retry", act(func(*world, actor) api.Action { return api.Action{Type: api.RetryHeld} }),
		[6]string{"problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid"}},
	{"held.drop", act(func(*world, actor) api.Action { return api.Action{Type: api.DropHeld} }),
		[6]string{"problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid"}},
	{"authenticate", func(w *world, a actor) api.ClientFrame {
		var got struct {
			Ticket string `json:"ticket"`
		}
		owner := w.owner
		if status, problem := owner.HTTP("POST", "/v1/tickets", nil, &got); status != http.StatusCreated {
			panic(problem)
		}
		return api.ClientFrame{Kind: api.FrameAuthenticate, Ticket: got.Ticket}
	}, [6]string{"signed_in", "problem invalid", "problem invalid", "problem invalid", "problem invalid", "problem invalid"}},
}

// TestEveryFrameAnswersEachActorAsTheTableSays holds for frames what the table of routes holds for requests.
func TestEveryFrameAnswersEachActorAsTheTableSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner.Must(api.Action{Type: api.SendMessage, To: "member", Text: "a direct conversation"})
	for i, a := range w.actors() {
		for _, r := range frameAuthorization {
			var s *rawSocket
			f := r.make(w, a)
			if a.name == "nobody" {
				s = dialStream(t, w.srv, "")
			} else {
				s = dialStream(t, w.srv, a.Token)
				s.next(api.FrameSignedIn)
			}
			f.Ref = "r"
			s.write(text(string(api.Encode(&f))))
			s.write(text(`{"kind":"ping","ref":"after"}`))
			if got := s.outcome(f); got != r.want[i] {
				t.Errorf("%s: %s gets %q, not %q", r.name, a.name, got, r.want[i])
			}
			s.Close()
		}
	}
}

// outcome reads what a frame comes to. "" is known by the answer to the ping behind it.
func (s *rawSocket) outcome(asked api.ClientFrame) string {
	s.t.Helper()
	for {
		op, b, err := s.read()
		if err != nil || op == opClose {
			s.t.Fatalf("%s: the stream ended: %q, %v", asked.Kind, b, err)
		}
		f, err := api.DecodeTolerant[api.ServerFrame](b)
		if op != opText || err != nil {
			continue
		}
		switch {
		case f.Kind == api.FramePong && f.Ref == "after":
			if asked.Kind == api.FrameMark || asked.Kind == api.FrameTyping {
				return ""
			}
		case f.Kind == api.FrameProblem && f.Ref == "r":
			return "problem " + f.Problem.Code
		case f.Kind == api.FrameResult:
			return strings.TrimSpace(string(f.Result.Outcome) + " " + string(f.Result.Reason))
		case f.Kind == api.FrameLive, f.Kind == api.FrameEntries, f.Kind == api.FramePresence, f.Kind == api.FramePong:
			return string(f.Kind)
		case f.Kind == api.FrameSignedIn && asked.Kind == api.FrameAuthenticate:
			return string(f.Kind)
		}
	}
}

// Every action and every frame of a client has a row.
func TestEveryFrameHasARowInTheTable(t *testing.T) {
	t.Parallel()
	has := func(name string) bool {
		for _, r := range frameAuthorization {
			if r.name == name || strings.HasPrefix(r.name, name+" ") {
				return true
			}
		}
		return false
	}
	for _, kind := range frames["send"] {
		if kind != api.FrameAction && !has(string(kind)) {
			t.Errorf("the frame %s has no row", kind)
		}
	}
	for _, a := range []api.ActionType{api.SendMessage, api.EditMessage, api.DeleteMessage, api.ReportMessage, api.RenameGroup, api.SetRole, api.CloseReport, api.CreateGroup, api.AddMember, api.RemoveMember, api.LeaveGroup, api.SetBlock, api.ClearBlock, api.RetryHeld, api.DropHeld, api.HandOver, api.Purge} {
		if !has(string(a)) {
			t.Errorf("the action %s has no row", a)
		}
	}
}

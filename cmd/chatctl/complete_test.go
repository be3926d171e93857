package main

import (
	"net/http"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
)

// nothing is what cobra prints where it has nothing to propose, files neither.
const nothing = ":4\n"

func TestAServerThatDoesNotAnswerIsNotWaitedForToComplete(t *testing.T) {
	t.Parallel()
	status, out, _ := ask(t, t.Context(), hang, "__complete", "send", "")
	if status != cli.OK || out != nothing {
		t.Errorf("status %d, proposed %q", status, out)
	}
}

func TestARefusalIsNotProposed(t *testing.T) {
	status, out, _ := ask(t, t.Context(), problem(api.NewProblem("signed_out", "")), "__complete", "unblock", "")
	if status != cli.OK || out != nothing {
		t.Errorf("status %d, proposed %q", status, out)
	}
}

func TestWhatCouldDriveAShellOrATerminalIsNotProposed(t *testing.T) {
	names := []string{"ops", "forged\n:0", "tabs\tin", "\x1b[2J", "\u202ereversed"}
	status, out, _ := ask(t, t.Context(), func(w http.ResponseWriter, r *http.Request) {
		var list struct {
			Conversations []api.Head `json:"conversations"`
		}
		if r.URL.Query().Get("after") == "" {
			for i, name := range names {
				list.Conversations = append(list.Conversations, api.Head{Conversation: api.ConversationID{byte(i + 1)}, Kind: api.Group, Name: name, Membership: api.Present})
			}
		}
		_, _ = w.Write(api.Encode(list))
	}, "__complete", "send", "")
	if status != cli.OK || out != "ops\n"+nothing {
		t.Errorf("status %d, proposed %q", status, out)
	}
}

package gateway_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestAnExportHoldsWhatOnesOwnReadsGive(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob", "cyd")
	ada := p[0]
	c := ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "mine"}).Conversation
	p[1].Must(api.Action{Type: api.SendMessage, To: "ada", Text: "not mine"})
	ada.Must(api.Action{Type: api.SetBlock, To: "cyd"})
	var got struct {
		Account       api.Me        `json:"account"`
		Sessions      []api.Session `json:"sessions"`
		Blocks        []api.Block   `json:"blocks"`
		Conversations []struct {
			Head api.Head    `json:"head"`
			Own  []api.Entry `json:"own"`
		} `json:"conversations"`
	}
	var me api.Me
	ada.Get("/v1/me", &me)
	ada.Get("/v1/me/export", &got)
	if me.Version == 0 || got.Account.User != ada.User || got.Account.Version != me.Version || got.Account.Email != me.Email {
		t.Errorf("the account is %+v, and /v1/me is %+v", got.Account, me)
	}
	if len(got.Sessions) != 1 || !got.Sessions[0].Current || len(got.Blocks) != 1 || got.Blocks[0].Handle != "cyd" {
		t.Errorf("sessions %+v, blocks %+v", got.Sessions, got.Blocks)
	}
	for _, conv := range got.Conversations {
		if conv.Head.Conversation != c { // with cyd
			continue
		}
		if len(conv.Own) != 1 || conv.Own[0].Seq != 1 || conv.Head.LastSeq != 2 {
			t.Errorf("of the conversation with bob: %+v", conv)
		}
		return
	}
	t.Errorf("the conversation with bob is missing: %+v", got.Conversations)
}

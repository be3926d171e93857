package server

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// erase lets chat turn a deleted person's messages in a conversation into
// tombstones. The action has the same id each time, so that it is done once,
// whatever crashes in between. A conversation that was removed meanwhile, because it
// is nobody's, has nothing of theirs left.
func (f *frontend) erase(ctx context.Context, id api.ActionID, user api.UserID, c api.ConversationID) error {
	a := &api.Action{ID: id, Type: api.EraseMember, Conversation: c}
	result, err := f.gateway.Administer(ctx, &topic.Envelope{Action: a, Hash: a.Hash(), Sender: user})
	if err == nil && result.Outcome != api.MemberErased && result.Reason != api.ReasonNotMember {
		err = fmt.Errorf("chat answered %s %s", result.Outcome, result.Reason)
	}
	return err
}

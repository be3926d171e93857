package gateway

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// Reader is chat's own read code, handed to the gateway by the composition: no
// call between services, and no statement of the gateway on chat's tables.
// Every method is a current read and may be called concurrently. What a reader
// may not see is answered as what is not there: a Problem not_found.
type Reader interface {
	Epoch(ctx context.Context) (api.Epoch, error)
	// Version is the person's version: raised when their memberships, blocks or own marks change.
	Version(ctx context.Context, user api.UserID) (int64, error)
	// Versions is Version of many at once.
	Versions(ctx context.Context, users []api.UserID) (map[api.UserID]int64, error)
	// Standing is the version of the account's standing that chat has applied, 0 for none.
	Standing(ctx context.Context, user api.UserID) (int64, error)
	// Heads lists the person's conversations by ascending id after the given one, those that were left included.
	Heads(ctx context.Context, user api.UserID, after api.ConversationID, limit int) ([]api.Head, error)
	// Head is one of them.
	Head(ctx context.Context, user api.UserID, c api.ConversationID) (api.Head, error)
	// Changes are the heads and blocks whose row was changed above a version, at most limit of each; Version is where to go on.
	Changes(ctx context.Context, user api.UserID, after int64, limit int) (api.Changes, error)
	// Entries is a page of the log after a seq, up to to (0: the end), within what the reader may see.
	Entries(ctx context.Context, user api.UserID, c api.ConversationID, after, to int64, limit int) (api.Page, error)
	// Messages is a page of messages only, ascending: those after a seq, or with before > 0 the last ones below it.
	Messages(ctx context.Context, user api.UserID, c api.ConversationID, before, after int64, limit int) (api.Page, error)
	Members(ctx context.Context, user api.UserID, c api.ConversationID, after api.MemberID, limit int) ([]api.Member, error)
	Blocks(ctx context.Context, user api.UserID, after string, limit int) ([]api.Block, error)
	// Own is what the person wrote in a conversation after a seq, every version of it, ascending.
	Own(ctx context.Context, user api.UserID, c api.ConversationID, after int64, limit int) ([]api.Entry, error)
	// Outcome is the stored outcome of the sender's action; a Problem not_known_yet when there is none.
	Outcome(ctx context.Context, sender api.UserID, action api.ActionID) (api.Result, error)

	// RoomEntries are the entries of a conversation after a seq, ascending, as live items with their frames and changes of membership.
	RoomEntries(ctx context.Context, c api.ConversationID, after int64, limit int) ([]topic.Live, error)
	// LastSeqs is where conversations stand; unknown ones are left out.
	LastSeqs(ctx context.Context, cs []api.ConversationID) (map[api.ConversationID]int64, error)

	// Held lists held records for administrators, oldest first.
	Held(ctx context.Context, after int64, limit int) ([]api.Held, error)
	// Reports lists reports by ascending number after one, without their contexts; closed ones too if all.
	Reports(ctx context.Context, all bool, after int64, limit int) ([]api.Report, error)
	// Report is one with its context.
	Report(ctx context.Context, number int64) (api.Report, error)
}

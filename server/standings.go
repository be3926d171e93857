package server

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	chatcontent "github.com/chatctl/chatctl/server/chat/content"
	accountcontent "github.com/chatctl/chatctl/server/gateway/account/content"
	"github.com/chatctl/chatctl/server/store"
)

// standingsAtOnce bounds what is compared in one go.
const standingsAtOnce = 2000

// refuseOlderAccounts refuses to serve accounts of an earlier moment than chat's
// store: a suspension, an erasure or a revocation that was acknowledged since
// would be undone (promise R), and what is changed next would have a version
// that chat takes for an old one. It is asked for before anything is told to
// chat; chat is read first, for it never knows more than the accounts do.
func refuseOlderAccounts(ctx context.Context, chat, accounts store.DB) error {
	older := 0
	for after := (api.UserID{}); ; {
		known, last, err := chatcontent.Standings(ctx, chat, after, standingsAtOnce)
		if err != nil {
			return fmt.Errorf("reading what chat knows of accounts: %w", err)
		}
		if len(known) == 0 {
			break
		}
		versions, err := accountcontent.Versions(ctx, accounts, after, last)
		if err != nil {
			return fmt.Errorf("reading the accounts' versions: %w", err)
		}
		for u, version := range known {
			if versions[u] < version {
				older++
			}
		}
		after = last
	}
	if older > 0 {
		return fmt.Errorf("they are older than chat's database, which knows later changes of %d of them: "+
			"put back both of the same copy, or restore a backup into a new directory (chatctl admin backup restore)", older)
	}
	return nil
}

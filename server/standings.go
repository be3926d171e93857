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
	if same, err := sameVersions(ctx, chat, accounts); err != nil || same {
		return err
	}
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

// sameVersions tells whether chat knows the present version of every account, by
// two sums: where nothing waits to be told, none of an older copy's versions is
// above what chat knows, so that sums which agree leave none below. Comparing
// each would cost every start seconds where there are many.
func sameVersions(ctx context.Context, chat, accounts store.DB) (bool, error) {
	known, applied, err := chatcontent.Told(ctx, chat)
	if err != nil {
		return false, fmt.Errorf("reading what chat knows of accounts: %w", err)
	}
	n, versions, waiting, err := accountcontent.Tell(ctx, accounts)
	if err != nil {
		return false, fmt.Errorf("reading the accounts' versions: %w", err)
	}
	return waiting == 0 && n == known && versions == applied, nil
}

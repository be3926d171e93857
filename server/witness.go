package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chatctl/chatctl/server/chat"
	chatcontent "github.com/chatctl/chatctl/server/chat/content"
	"github.com/chatctl/chatctl/server/gateway/account/witness"
	"github.com/chatctl/chatctl/server/store"
)

// errOlderChat refuses chat's store and log, which go with each other, for what
// the accounts' database saw of them before.
var errOlderChat = errors.New("put back both databases and the log of the same copy, or restore a backup into a new directory " +
	"(chatctl admin backup restore); if the loss is accepted: chatctl doctor --accept-log-loss")

// refuseOlderChat refuses to serve a store of chat's that has not decided what it
// was seen to have decided: what was acknowledged since is not in it, nor in the
// log that was put back with it. The witness is read first, for chat goes on.
func refuseOlderChat(ctx context.Context, chat, accounts store.DB) error {
	seen, err := witness.Read(ctx, accounts)
	if err != nil {
		return fmt.Errorf("reading what was seen of it: %w", err)
	}
	for _, p := range seen {
		if p.Pos == 0 { // nothing is lost with it
			continue
		}
		pos, found, err := chatcontent.Decided(ctx, chat, p.Topic, p.Partition, p.LogID)
		switch {
		case err != nil:
			return fmt.Errorf("reading the position of %s: %w", p.Topic, err)
		case !found:
			return fmt.Errorf("it knows nothing of the log of %s that the accounts' database saw it decide, up to %d: %w", p.Topic, p.Pos, errOlderChat)
		case pos < p.Pos:
			return fmt.Errorf("it is older than the accounts' database, which saw it decide %s up to %d, and stands at %d, with an old log: %w", p.Topic, p.Pos, pos, errOlderChat)
		}
	}
	return nil
}

// acceptOlderChat goes on with a store of chat's that is refused otherwise. The
// loss is noted before the witness goes: a crash in between refuses again.
func acceptOlderChat(ctx context.Context, engines *Engines, log *slog.Logger) error {
	err := refuseOlderChat(ctx, engines.Chat, engines.Accounts)
	if !errors.Is(err, errOlderChat) {
		return err
	}
	log.WarnContext(ctx, "loss in chat's database and log is accepted", "err", err)
	c := chat.New(chat.Config{DB: engines.Chat, Log: log, Now: time.Now})
	for _, name := range topics {
		if err := c.AcceptLoss(ctx, name); err != nil {
			return fmt.Errorf("noting the accepted loss: %w", err)
		}
	}
	return engines.Accounts.InTx(ctx, witness.Forget)
}

// newWatcher watches chat's store for the accounts' database.
func newWatcher(engines *Engines, log *slog.Logger) *witness.Watcher {
	return witness.NewWatcher(engines.Accounts, log, func(ctx context.Context) ([]witness.Place, error) {
		positions, err := chatcontent.Positions(ctx, engines.Chat)
		var now []witness.Place
		for _, p := range positions {
			now = append(now, witness.Place{Topic: p.Topic, Partition: p.Partition, LogID: p.LogID, Pos: p.Pos})
		}
		return now, err
	})
}

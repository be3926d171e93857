package server

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/chatctl/chatctl/server/gateway/account"
)

// Check says why a server would refuse to start on these engines, in the words
// of its start, or nil. It changes what a start changes, before anything is
// served: who only wants to know gives it a copy.
func Check(ctx context.Context, engines *Engines, log *slog.Logger) error {
	if err := openLog(ctx, engines, log, false); err != nil {
		return err
	}
	if err := migrateAccounts(ctx, engines, log); err != nil {
		return err
	}
	if err := refuseOlderAccounts(ctx, engines.Chat, engines.Accounts); err != nil {
		return fmt.Errorf("accounts' database: %w", err)
	}
	if err := refuseOlderChat(ctx, engines.Chat, engines.Accounts); err != nil {
		return fmt.Errorf("chat's database: %w", err)
	}
	return nil
}

// migrateAccounts brings the accounts' database up to date where nobody is served.
func migrateAccounts(ctx context.Context, engines *Engines, log *slog.Logger) error {
	accounts := account.New(account.Config{DB: engines.Accounts, Log: log, Now: time.Now})
	if err := accounts.Migrate(ctx); err != nil {
		return fmt.Errorf("accounts' database: %w", err)
	}
	return nil
}

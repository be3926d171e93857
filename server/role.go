package server

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
)

// Role is a part of the backend that a process can run.
type Role string

// The roles.
const (
	Gateway Role = "gateway" // all that clients talk to
	Chat    Role = "chat"    // decides who receives what
)

var allRoles = []Role{Gateway, Chat}

func (r Role) check() error {
	if !slices.Contains(allRoles, r) {
		return fmt.Errorf("--role %s: there are the roles %v", r, allRoles)
	}
	return nil
}

func (c *Config) has(r Role) bool { return slices.Contains(c.Roles, r) }

// topics are those of the log.
var topics = []string{topic.ActionsChat, topic.Accounts}

// logTopics are the topics with where chat's store says their handling stands.
func logTopics(ctx context.Context, c *chat.Service) ([]LogTopic, error) {
	var logs []LogTopic
	for _, name := range topics {
		ps, err := c.Positions(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("reading the position of %s: %w", name, err)
		}
		p := ps[0]
		logs = append(logs, LogTopic{
			Name: name, Partitions: len(ps), LogID: p.LogID, Created: p.Created, Pos: p.Pos, Published: p.Published,
			MarkCreated: func(ctx context.Context) error { return c.MarkCreated(ctx, name) },
			MarkLost:    func(ctx context.Context) error { return c.AcceptLoss(ctx, name) },
		})
	}
	return logs, nil
}

// AcceptLogLoss makes those logs anew that went backwards or lost messages, from
// where the store stands: what was accepted but not decided is lost, which the
// operator accepts. A store that is older than the accounts saw it is taken as it
// is, with its log. The store gets a new epoch, so that clients start from the
// heads, and the position row says what was accepted.
func AcceptLogLoss(ctx context.Context, engines *Engines, log *slog.Logger) error {
	if err := openLog(ctx, engines, log, true); err != nil {
		return err
	}
	if err := migrateAccounts(ctx, engines, log); err != nil {
		return err
	}
	if err := acceptOlderChat(ctx, engines, log); err != nil {
		return fmt.Errorf("chat's database: %w", err)
	}
	return nil
}

// openLog opens the log where chat's store stands, and serves nothing.
func openLog(ctx context.Context, engines *Engines, log *slog.Logger, acceptLoss bool) error {
	c := newChat(Config{}, engines, log, nil, nil)
	if err := c.Migrate(ctx); err != nil {
		return fmt.Errorf("chat's database: %w", err)
	}
	logs, err := logTopics(ctx, c)
	if err != nil {
		return err
	}
	for i := range logs {
		logs[i].AcceptLoss = acceptLoss
	}
	_, err = engines.OpenLog(ctx, logs)
	return err
}

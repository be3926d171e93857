// Package erasure ends what is left of an account after it was deleted
// (promises, rule 23): chat turns its messages into tombstones, conversation by
// conversation, or removes one that is nobody's then, and at last the account's row
// gets a pseudonym for its handle, which is never given out again.
//
// What is to be done is a row of its own, made in the transaction that deletes the
// account, so that a crash in between only delays it. Every step may be done
// twice. The tables are package account's. New starts nothing; Wake may be called
// concurrently.
package erasure

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

const (
	every     = 10 * time.Second // tries again what failed, and finds what another process left
	pageSize  = 200
	applyTime = 30 * time.Second
)

const (
	due       = `SELECT e.user_id, a.version, a.handle FROM erasures e JOIN accounts a ON a.user_id = e.user_id ORDER BY e.since, e.user_id`
	keepName  = `INSERT INTO handles (handle, taken) VALUES ($1, $2)`
	pseudonym = `UPDATE accounts SET handle = $2 WHERE user_id = $1`
	tickets   = `DELETE FROM tickets WHERE session_id IN (SELECT session_id FROM sessions WHERE user_id = $1)`
	sessions  = `DELETE FROM sessions WHERE user_id = $1`
	done      = `DELETE FROM erasures WHERE user_id = $1`
)

// Chat is what an erasure needs of the chat service.
type Chat struct {
	// Applied returns nil once chat has applied that version of the account's standing.
	Applied func(ctx context.Context, user api.UserID, version int64) error
	// Conversations lists those that the person is or was in, by ascending id after one.
	Conversations func(ctx context.Context, user api.UserID, after api.ConversationID, limit int) ([]api.Head, error)
	// Erase returns nil once the person's messages there are tombstones; repeated with the same id, it does nothing.
	Erase func(ctx context.Context, id api.ActionID, user api.UserID, c api.ConversationID) error
}

// Eraser carries erasures out.
type Eraser struct {
	db    store.DB
	chat  Chat
	id    func(api.UserID, api.ConversationID) api.ActionID
	raise func() // wakes who publishes standings
	log   *slog.Logger
	now   func() time.Time
	due   chan struct{}
}

// New makes an eraser. id names the action that erases a person in a conversation:
// always the same, and none that the person could have used for something else.
// raised is called after an account got a new version.
func New(db store.DB, chat Chat, id func(api.UserID, api.ConversationID) api.ActionID, raised func(), log *slog.Logger, now func() time.Time) *Eraser {
	return &Eraser{db: db, chat: chat, id: id, raise: raised, log: log, now: now, due: make(chan struct{}, 1)}
}

// Wake tells that a transaction with a Begin has been committed.
func (e *Eraser) Wake() {
	select {
	case e.due <- struct{}{}:
	default: // it is awake already
	}
}

// Run carries out what is to be done until ctx ends or the storage is broken.
func (e *Eraser) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failing := false // told once
	for ctx.Err() == nil {
		err := e.all(ctx)
		switch {
		case errors.Is(err, store.ErrBroken): // promises, rule 20
			return err
		case err != nil && !failing && ctx.Err() == nil:
			e.log.WarnContext(ctx, "erasure not finished; it is tried again", "err", err)
		}
		failing = err != nil
		select {
		case <-e.due:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// account is one that is being erased.
type account struct {
	user    api.UserID
	version int64
	handle  string
}

// all tries every erasure; one that fails keeps none of the others waiting.
func (e *Eraser) all(ctx context.Context) error {
	var accounts []account
	err := e.db.Read(ctx, func(tx store.Tx) error {
		accounts = nil
		return tx.Each(due, func(r store.Row) error {
			var a account
			err := r.Scan(&a.user, &a.version, &a.handle)
			accounts = append(accounts, a)
			return err
		})
	})
	errs := []error{err}
	for _, a := range accounts {
		if err := e.erase(ctx, a); err != nil {
			errs = append(errs, fmt.Errorf("erasing the account %s: %w", a.user, err))
		}
	}
	return errors.Join(errs...)
}

// erase begins when chat refuses whatever the account may still ask for, so that
// nothing comes into being behind its back.
func (e *Eraser) erase(ctx context.Context, a account) error {
	within, cancel := context.WithTimeout(ctx, applyTime)
	defer cancel()
	if err := e.chat.Applied(within, a.user, a.version); err != nil {
		return fmt.Errorf("waiting for chat: %w", err)
	}
	for after := (api.ConversationID{}); ; {
		page, err := e.chat.Conversations(ctx, a.user, after, pageSize)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, h := range page {
			if err := e.chat.Erase(ctx, e.id(a.user, h.Conversation), a.user, h.Conversation); err != nil {
				return fmt.Errorf("in the conversation %s: %w", h.Conversation, err)
			}
			after = h.Conversation
		}
	}
	if err := e.finish(ctx, a); err != nil {
		return err
	}
	e.raise()
	e.log.InfoContext(ctx, "account erased", "user", a.user)
	return nil
}

// finish takes the handle from the account, which chat is told, and what named it
// elsewhere. Where another process has done so, there is nothing left to do.
func (e *Eraser) finish(ctx context.Context, a account) error {
	return e.db.InTx(ctx, func(tx store.Tx) error {
		if n, err := tx.Exec(done, a.user); err != nil || n == 0 {
			return err
		}
		name := "erased-" + strings.ToLower(rand.Text()[:16])
		for _, c := range []struct {
			statement string
			args      []any
		}{
			{keepName, []any{name, api.TimeOf(e.now())}},
			{pseudonym, []any{a.user, name}},
			{tickets, []any{a.user}},
			{sessions, []any{a.user}},
		} {
			if _, err := tx.Exec(c.statement, c.args...); err != nil {
				return err
			}
		}
		if err := guard.Clear(tx, a.handle); err != nil {
			return err
		}
		_, err := standing.Raise(tx, a.user)
		return err
	})
}

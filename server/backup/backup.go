// Package backup makes, checks and restores backups of a server's databases.
//
// A backup is a directory: a copy of each database as it was at one moment,
// chat's before the accounts', so that no row names a person who is missing
// (promises, rule 22); manifest.json, which says what is in them; SHA256SUMS of
// all three; and erased.jsonl, the accounts that were erased, which stays true
// only if it is replaced by a newer one. What was accepted and not yet decided
// when the backup began is not in it: its sender sends it again.
//
// A backup is there whole or not at all, and so is a directory that is restored
// (package stage). Create may be called while the databases are used, and
// concurrently; Check and Restore read what nobody writes.
package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/backup/stage"
	chatcontent "github.com/chatctl/chatctl/server/chat/content"
	accountcontent "github.com/chatctl/chatctl/server/gateway/account/content"
	"github.com/chatctl/chatctl/server/store"
)

// The files of a backup.
const (
	chatFile     = "chat.db"
	accountsFile = "accounts.db"
	manifestFile = "manifest.json"
	sumsFile     = "SHA256SUMS"
	ErasedFile   = "erased.jsonl"
)

var files = []string{chatFile, accountsFile, manifestFile, sumsFile, ErasedFile}

// format is the arrangement of a backup. A higher one is refused.
const format = 1

// Manifest says what is in a backup.
type Manifest struct {
	Format   int                    `json:"format"`
	Chatctl  string                 `json:"chatctl"` // the version that made it
	Time     api.Time               `json:"time"`    // when it began: what was answered before is in it
	Files    []File                 `json:"files"`
	Chat     chatcontent.Content    `json:"chat"`
	Accounts accountcontent.Content `json:"accounts"`
}

// File is one of the databases.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Summary is what people and scripts are told of a backup.
func (m *Manifest) Summary(dir string) api.Backup {
	b := api.Backup{
		Dir: dir, Time: m.Time, Version: m.Chatctl, Epoch: m.Chat.Epoch,
		Accounts: m.Accounts.Counts.Accounts, Conversations: m.Chat.Counts.Conversations, Messages: m.Chat.Counts.Messages,
	}
	for _, f := range m.Files {
		b.Bytes += f.Bytes
	}
	return b
}

// Source is what a backup is made of.
type Source struct {
	Chat, Accounts store.DB
	Version        string // of this program
	// Room says why there is too little room for a backup in a directory that
	// exists, or nil. It may be nil itself.
	Room func(dir string) error
}

// ErrFull: the disk of the backup has too little room; nothing is left on it.
var ErrFull = errors.New("too little room for the backup")

// Create makes the backup dir, which must be new or empty. When it returns nil
// the backup is there and synced; else nothing is.
func Create(ctx context.Context, src Source, dir string) (m Manifest, err error) {
	began := api.Now()
	err = stage.Dir(dir, files, func(to string) error {
		if src.Room != nil {
			if err := src.Room(to); err != nil {
				return fmt.Errorf("%w: %w", ErrFull, err)
			}
		}
		if err := store.Snapshot(ctx, src.Chat, filepath.Join(to, chatFile)); err != nil {
			return err
		}
		if err := store.Snapshot(ctx, src.Accounts, filepath.Join(to, accountsFile)); err != nil {
			return err
		}
		m, err = describe(ctx, to)
		if err != nil {
			return err
		}
		m.Format, m.Chatctl, m.Time = format, src.Version, began
		return write(ctx, to, m)
	})
	if err != nil {
		return Manifest{}, full(err)
	}
	return m, nil
}

// full makes the many ways in which a disk is full one.
func full(err error) error {
	if !errors.Is(err, ErrFull) && (errors.Is(err, store.ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// describe counts and digests the copies in dir.
func describe(ctx context.Context, dir string) (m Manifest, err error) {
	err = opened(ctx, dir, func(chat, accounts *store.Frozen) (err error) {
		if m.Chat, err = chatcontent.Read(ctx, chat); err != nil {
			return fmt.Errorf("%s: %w", chatFile, err)
		}
		if m.Accounts, err = accountcontent.Read(ctx, accounts); err != nil {
			return fmt.Errorf("%s: %w", accountsFile, err)
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	for _, name := range []string{chatFile, accountsFile} {
		f, err := digest(ctx, filepath.Join(dir, name))
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, f)
	}
	return m, nil
}

// write puts the manifest, the sums and the list of erased accounts beside the copies.
func write(ctx context.Context, dir string, m Manifest) error {
	b, err := json.Marshal(m, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	manifest := filepath.Join(dir, manifestFile)
	if err := os.WriteFile(manifest, append(b, '\n'), 0o600); err != nil {
		return err
	}
	last, err := digest(ctx, manifest)
	if err != nil {
		return err
	}
	var sums []byte
	for _, f := range append(m.Files[:len(m.Files):len(m.Files)], last) {
		sums = fmt.Appendf(sums, "%s  %s\n", f.SHA256, f.Name)
	}
	if err := os.WriteFile(filepath.Join(dir, sumsFile), sums, 0o600); err != nil {
		return err
	}
	return opened(ctx, dir, func(_, accounts *store.Frozen) error {
		f, err := os.OpenFile(filepath.Join(dir, ErasedFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		return errors.Join(writeErased(ctx, accounts, f), f.Close())
	})
}

// opened calls fn with the copies in dir.
func opened(ctx context.Context, dir string, fn func(chat, accounts *store.Frozen) error) (err error) {
	chat, err := store.OpenFrozen(ctx, filepath.Join(dir, chatFile))
	if err != nil {
		return fmt.Errorf("%s: %w", chatFile, err)
	}
	defer func() { err = errors.Join(err, chat.Close()) }()
	accounts, err := store.OpenFrozen(ctx, filepath.Join(dir, accountsFile))
	if err != nil {
		return fmt.Errorf("%s: %w", accountsFile, err)
	}
	defer func() { err = errors.Join(err, accounts.Close()) }()
	return fn(chat, accounts)
}

package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	chatcontent "github.com/chatctl/chatctl/server/chat/content"
	accountcontent "github.com/chatctl/chatctl/server/gateway/account/content"
	"github.com/chatctl/chatctl/server/store"
)

// maxManifest bounds what is read of the small files.
const maxManifest = 1 << 20

// Check reads the whole backup in dir and reports everything that is wrong with
// it, each with the file's name: digests, pages, counts, what must be dense, and
// people whom chat names and the accounts do not have. It needs no server.
func Check(ctx context.Context, dir string) (Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return m, err
	}
	var errs []error
	note := func(name string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	for name, err := range compare(ctx, dir, m) {
		note(name, err)
	}
	if _, err := ReadErased(filepath.Join(dir, ErasedFile)); err != nil {
		errs = append(errs, err)
	}
	if len(errs) > 0 || ctx.Err() != nil { // what is in a damaged file is no news
		return m, errors.Join(append(errs, ctx.Err())...)
	}
	err = opened(ctx, dir, func(chat, accounts *store.Frozen) error {
		note(chatFile, checkChat(ctx, chat, m))
		note(accountsFile, checkAccounts(ctx, accounts, m))
		note(accountsFile, checkPeople(ctx, chat, accounts))
		return nil
	})
	return m, errors.Join(append(errs, err)...)
}

func readManifest(dir string) (m Manifest, err error) {
	b, err := small(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%s is no backup: it has no %s", dir, manifestFile)
	}
	if err != nil {
		return m, err
	}
	bare, err := api.DecodeTolerant[struct {
		Format int `json:"format"`
	}](b)
	switch {
	case err != nil:
		return m, fmt.Errorf("%s: damaged: %w", manifestFile, err)
	case bare.Format > format:
		return m, fmt.Errorf("%s: made by a newer chatctl: it has format %d, this one knows %d; use the newer one", manifestFile, bare.Format, format)
	}
	if m, err = api.DecodeTolerant[Manifest](b); err != nil {
		return m, fmt.Errorf("%s: damaged: %w", manifestFile, err)
	}
	if m.Format < 1 || len(m.Files) != 2 || m.Files[0].Name != chatFile || m.Files[1].Name != accountsFile {
		return m, fmt.Errorf("%s: damaged: it does not name the files of a backup", manifestFile)
	}
	return m, nil
}

func small(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxManifest {
		return nil, fmt.Errorf("%s: damaged: it has %d bytes", filepath.Base(path), info.Size())
	}
	return os.ReadFile(path)
}

// compare digests every file and yields the name and what is wrong of each.
func compare(ctx context.Context, dir string, m Manifest) func(func(string, error) bool) {
	return func(yield func(string, error) bool) {
		text, err := small(filepath.Join(dir, sumsFile))
		if !yield(sumsFile, err) || err != nil {
			return
		}
		sums := string(text)
		for _, want := range append(m.Files[:2:2], File{Name: manifestFile}) {
			got, err := digest(ctx, filepath.Join(dir, want.Name))
			switch {
			case err != nil:
			case want.SHA256 != "" && got != want:
				err = fmt.Errorf("damaged: it has %d bytes of digest %.12s…, the manifest says %d of %.12s…", got.Bytes, got.SHA256, want.Bytes, want.SHA256)
			case !strings.Contains(sums, got.SHA256+"  "+got.Name+"\n"):
				err = fmt.Errorf("damaged, or %s is: its digest %.12s… is not there", sumsFile, got.SHA256)
			}
			if !yield(want.Name, err) {
				return
			}
		}
	}
}

func checkChat(ctx context.Context, db *store.Frozen, m Manifest) error {
	if err := db.Intact(ctx); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	c, err := chatcontent.Read(ctx, db)
	if err != nil {
		return err
	}
	if c.Counts != m.Chat.Counts || c.Epoch != m.Chat.Epoch {
		err = fmt.Errorf("it holds %+v of epoch %s, the manifest says %+v of %s", c.Counts, c.Epoch, m.Chat.Counts, m.Chat.Epoch)
	}
	return errors.Join(err, chatcontent.Whole(ctx, db))
}

func checkAccounts(ctx context.Context, db *store.Frozen, m Manifest) error {
	if err := db.Intact(ctx); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	c, err := accountcontent.Read(ctx, db)
	if err != nil {
		return err
	}
	if c.Counts != m.Accounts.Counts {
		err = fmt.Errorf("it holds %+v, the manifest says %+v", c.Counts, m.Accounts.Counts)
	}
	return errors.Join(err, accountcontent.Whole(ctx, db))
}

// checkPeople: no row of chat names a person who is missing (promises, rule 22).
func checkPeople(ctx context.Context, chat, accounts *store.Frozen) error {
	missing := 0
	err := accountcontent.Knows(ctx, accounts, func(has func(api.UserID) (bool, error)) error {
		return chatcontent.Persons(ctx, chat, func(u api.UserID) error {
			ok, err := has(u)
			if err == nil && !ok {
				missing++
			}
			return err
		})
	})
	if err == nil && missing > 0 {
		err = fmt.Errorf("%d people whom chat names have no account", missing)
	}
	return err
}

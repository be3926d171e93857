package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
)

// putFirst puts the one-time token for the first administrator where only the
// data directory's owner can read it, or removes an old one where somebody
// administers already.
func (f *frontend) putFirst(ctx context.Context, file string) error {
	if file == "" {
		return nil
	}
	token, err := f.accounts.First(ctx)
	if err == nil && token == "" {
		err = removed(os.Remove(file))
	} else if err == nil {
		err = putSecret(file, token+"\n")
	}
	if err != nil {
		return fmt.Errorf("the token for the first administrator: %w", err)
	}
	return nil
}

// putSecret writes a file anew, so that nobody has an older one open or may read this one.
func putSecret(file, text string) error {
	if err := removed(os.Remove(file)); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// firstTaken removes the token that somebody has used.
func (f *frontend) firstTaken(file string, log *slog.Logger) {
	if file == "" {
		return
	}
	if err := removed(os.Remove(file)); err != nil {
		log.Warn("a used token was not removed", "err", err)
	}
}

func removed(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

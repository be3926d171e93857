package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// TalkDir is where the chat client keeps an account's drafts, outbox and
// settings. Another account under the same profile has another one: nothing that
// one person wrote is ever sent by another.
func (e Env) TalkDir(prof Profile) (string, error) {
	dir, err := e.StateDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "tui")
	if prof.Name == "" { // CHATCTL_TOKEN: only the server knows whose it is
		return filepath.Join(dir, "token", short(string(prof.Token))), nil
	}
	whose := prof.User.String()
	if prof.User.IsZero() {
		whose = short(prof.Handle)
	}
	return filepath.Join(dir, "@"+prof.Name, whose), nil // .. is a name, too
}

func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// ForgetTalk erases what TalkDir holds of a profile that is signed out or
// forgotten, and of every account that it was before.
func (e Env) ForgetTalk(prof Profile) error {
	dir, err := e.TalkDir(prof)
	if err != nil {
		return nil // nothing could be kept
	}
	if prof.Name != "" {
		dir = filepath.Dir(dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return &Error{Status: Refused, What: "erasing drafts and what is not sent", Err: err, Do: "remove it yourself: " + dir}
	}
	return nil
}

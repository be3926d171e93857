package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Profile is a sign-in that is kept between runs: who, where, and the token.
type Profile struct {
	Name    string        `json:"-"`
	Server  string        `json:"server"`
	Handle  string        `json:"handle"`
	User    api.UserID    `json:"user,omitzero"`
	Session api.SessionID `json:"session,omitzero"`
	Token   Secret        `json:"token"`

	ReadOnly bool `json:"read_only,omitzero"` // nothing is changed with it
}

// Secret prints as redacted; only JSON and an explicit conversion tell it.
type Secret string

func (Secret) String() string   { return "[redacted]" }
func (Secret) GoString() string { return "[redacted]" }

// Profiles is the directory that holds one file a profile (mode 0600) and the
// name of the one in use. Files that others can read are refused: their tokens
// are no secrets any more.
type Profiles struct{ dir string }

// Profiles opens e's profiles; nothing is made before Prepare, or the first Save.
func (e Env) Profiles() (Profiles, error) {
	dir, err := e.ConfigDir()
	return Profiles{dir}, err
}

var profileName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

func (p Profiles) file(name string) (string, error) {
	if !profileName.MatchString(name) {
		return "", Misused("a profile's name has 1 to 64 characters of A-Z a-z 0-9 _ . -", "%q cannot name a profile", name)
	}
	return filepath.Join(p.dir, "profiles", name+".json"), nil
}

// Load reads the profile called name. One that is not there is an error with
// exit status SignedOut.
func (p Profiles) Load(name string) (Profile, error) {
	file, err := p.file(name)
	if err != nil {
		return Profile{}, err
	}
	b, err := readSecret(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Profile{}, &Error{Status: SignedOut, What: "there is no profile " + name,
			Do: "see which there are: chatctl profile list; or sign in: chatctl login --server URL --profile " + name + " --handle HANDLE"}
	}
	if err != nil {
		return Profile{}, err
	}
	out := Profile{Name: name}
	if err := json.Unmarshal(b, &out); err != nil || out.Server == "" || out.Token == "" || !sendable(string(out.Token)) {
		return Profile{}, &Error{Status: SignedOut, What: file + " is not a profile that chatctl wrote",
			Do: "remove it and sign in again: chatctl profile remove " + name}
	}
	return out, nil
}

// Save writes the profile of a sign-in, makes it the one in use and returns it. A
// name that was made read-only stays so, whoever signs in under it. A crash leaves
// the old file or the new one.
func (p Profiles) Save(prof Profile) (Profile, error) {
	if old, err := p.Load(prof.Name); err == nil && old.ReadOnly {
		prof.ReadOnly = true
	}
	if err := p.Change(prof); err != nil {
		return prof, err
	}
	return prof, p.setCurrent(prof.Name)
}

// Change writes prof, and leaves the one in use.
func (p Profiles) Change(prof Profile) error {
	file, err := p.file(prof.Name)
	if err != nil {
		return err
	}
	b, err := json.Marshal(prof, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return noPlace(err)
	}
	if err := Replace(file, append(b, '\n')); err != nil {
		return noPlace(err)
	}
	return nil
}

// Prepare makes room for a profile: where none can be kept, that is told before a
// server has made a session for it.
func (p Profiles) Prepare() error {
	dir := filepath.Join(p.dir, "profiles")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return noPlace(err)
	}
	f, err := os.CreateTemp(dir, ".room-*")
	if err != nil {
		return noPlace(err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Free reports whether a sign-in to server may be kept under name. A name that
// a person chose may be taken again; one that was only taken from the handle
// must not forget a sign-in to another host.
func (p Profiles) Free(name, server string, chosen bool) error {
	if _, err := p.file(name); err != nil || chosen {
		return err
	}
	old, err := p.Load(name)
	if err == nil && !SameHost(old.Server, server) {
		return Misused("keep the new one under another name: --profile NAME", "profile %s is a sign-in to %s already", name, old.Server)
	}
	return nil // not there, or of no use any more
}

// Use makes the profile called name the one in use.
func (p Profiles) Use(name string) error {
	if _, err := p.Load(name); err != nil {
		return err
	}
	return p.setCurrent(name)
}

func (p Profiles) setCurrent(name string) error {
	if err := Replace(filepath.Join(p.dir, "current"), []byte(name+"\n")); err != nil {
		return noPlace(err)
	}
	return nil
}

// Current is the name of the profile in use, or "" where none was chosen.
func (p Profiles) Current() (string, error) {
	b, err := os.ReadFile(filepath.Join(p.dir, "current"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(b)), err
}

// List names all profiles in order.
func (p Profiles) List() ([]string, error) {
	files, err := os.ReadDir(filepath.Join(p.dir, "profiles"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".json"); ok && profileName.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, err
}

// Remove forgets the profile called name. It does not end the session: that is logout.
func (p Profiles) Remove(name string) error {
	file, err := p.file(name)
	if err != nil {
		return err
	}
	err = os.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{Status: SignedOut, What: "there is no profile " + name, Do: "see which there are: chatctl profile list"}
	}
	if err != nil {
		return err
	}
	if current, _ := p.Current(); current == name {
		return os.Remove(filepath.Join(p.dir, "current"))
	}
	return nil
}

// readSecret reads a file that only its owner may read.
func readSecret(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, &Error{Status: SignedOut, What: file + " can be read by others, so its token is no secret",
			Do: "sign in again, or if nobody else uses this machine: chmod 600 " + file}
	}
	b := make([]byte, min(info.Size(), 64<<10))
	n, err := f.Read(b)
	return b[:n], err
}

// SecretFile is the first line of a file that only its owner may read.
func SecretFile(file string) (Secret, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", err
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return "", fmt.Errorf("%s can be read by others, so it is no secret: chmod 600 %s, or better take another", file, file)
	}
	line, err := bufio.NewReaderSize(io.LimitReader(f, 4096), 4096).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return Secret(line), err
}

func noPlace(err error) error {
	return &Error{Status: Refused, What: "keeping the profile", Err: err, Do: "set XDG_CONFIG_HOME to a directory that you can write"}
}

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
)

// desk is the profiles of a person who has the chat client sign in.
type desk struct {
	t    *testing.T
	vars map[string]string
}

func newDesk(t *testing.T) desk {
	return desk{t, map[string]string{"XDG_CONFIG_HOME": t.TempDir(), "XDG_STATE_HOME": t.TempDir()}}
}

func (m desk) env() cli.Env {
	return cli.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Getenv: func(k string) string { return m.vars[k] }}
}

// signsIn keeps a sign-in of handle, with that --profile, and as instead's where
// that one's session has ended.
func (m desk) signsIn(profile, instead, handle string) (kept string) {
	m.t.Helper()
	p := people{&app.App{Env: m.env(), Choice: cli.Choice{Profile: profile}}}
	a, err := p.keep("http://127.0.0.1:1", instead, api.SignedIn{Handle: handle, Token: "a token of " + handle})
	if err != nil {
		m.t.Fatal(err)
	}
	return a.Profile
}

func (m desk) uses(want string) {
	m.t.Helper()
	if got, err := m.env().ProfileName(cli.Choice{}); err != nil || got != want {
		m.t.Errorf("commands speak for %q (%v), not for %q", got, err, want)
	}
}

func TestWhoSignedInLastIsTheProfileInUse(t *testing.T) {
	m := newDesk(t)
	m.signsIn("work", "", "ada")
	m.uses("work")
	m.signsIn("", "", "bob")
	m.uses("bob")
	m.signsIn("play", "", "cyd")
	m.uses("play")
	m.signsIn("", "work", "ada") // after its session had ended
	m.uses("work")
}

func TestASignInAfterTheEndOfASessionIsKeptInItsPlace(t *testing.T) {
	m := newDesk(t)
	m.signsIn("work", "", "ada")
	m.signsIn("play", "", "bob")
	if kept := m.signsIn("", "play", "bob"); kept != "play" {
		t.Errorf("kept as %s", kept)
	}
	// Begun with --profile work, gone on as play, and signed in as somebody else.
	if kept := m.signsIn("work", "play", "cyd"); kept != "cyd" {
		t.Errorf("kept as %s", kept)
	}
	m.uses("cyd")
	profiles, err := m.env().Profiles()
	if err != nil {
		t.Fatal(err)
	}
	for name, handle := range map[string]string{"work": "ada", "play": "bob", "cyd": "cyd"} {
		if prof, err := profiles.Load(name); err != nil || prof.Handle != handle {
			t.Errorf("profile %s is %s's (%v)", name, prof.Handle, err)
		}
	}
}

func TestASignInUnderAReadOnlyNameChangesNothingEither(t *testing.T) {
	m := newDesk(t)
	m.signsIn("work", "", "ada")
	profiles, err := m.env().Profiles()
	if err != nil {
		t.Fatal(err)
	}
	prof, err := profiles.Load("work")
	prof.ReadOnly = true
	if err := errors.Join(err, profiles.Change(prof)); err != nil {
		t.Fatal(err)
	}
	m.signsIn("work", "", "bob")
	if prof, err := profiles.Load("work"); err != nil || !prof.ReadOnly || prof.Handle != "bob" {
		t.Errorf("it is %+v (%v)", prof, err)
	}
}

func TestANameThatCannotBeAProfilesIsRefusedBeforeTheSignIn(t *testing.T) {
	m := newDesk(t)
	for _, name := range []string{"../x", "a b"} {
		for _, p := range []people{
			{&app.App{Env: m.env(), Choice: cli.Choice{Profile: name}}},
			{&app.App{Env: desk{t, map[string]string{"XDG_CONFIG_HOME": m.vars["XDG_CONFIG_HOME"], "CHATCTL_PROFILE": name}}.env()}},
		} {
			_, _, err := p.first()
			var told *cli.Error
			if !errors.As(err, &told) || told.Status != cli.Usage || !strings.Contains(told.Do, "A-Z a-z 0-9 _ . -") {
				t.Errorf("profile %q: %v", name, err)
			}
		}
	}
	if server, account, err := (people{&app.App{Env: m.env(), Choice: cli.Choice{Profile: "work"}}}).first(); err != nil || account != nil || server == "" {
		t.Errorf("%s, %v, %v", server, account, err)
	}
}

func TestWhereNoProfileCanBeKeptNobodySignsIn(t *testing.T) {
	m := newDesk(t)
	if err := os.WriteFile(filepath.Join(m.vars["XDG_CONFIG_HOME"], "chatctl"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := (people{&app.App{Env: m.env()}}).first(); err == nil {
		t.Error("the forms are shown")
	}
}

func TestAnotherAccountUnderTheSameNameHasOtherFiles(t *testing.T) {
	d := newDesk(t)
	dirs := map[string]bool{}
	for _, prof := range []cli.Profile{
		{Name: "work", User: api.UserID{1}}, {Name: "work", User: api.UserID{2}}, {Name: "work", Handle: "ada"}, {Name: "work", Handle: "bob"},
		{Name: "token", Handle: "ada"}, {Token: "one"}, {Token: "another"}, {Name: "..", User: api.UserID{1}}, {Name: ".", User: api.UserID{1}},
	} {
		dir, err := d.env().TalkDir(prof)
		if err != nil || dirs[dir] || !strings.HasPrefix(dir, filepath.Join(d.vars["XDG_STATE_HOME"], "chatctl", "tui")+string(filepath.Separator)) {
			t.Errorf("the files of %+v are in %s (%v)", prof, dir, err)
		}
		dirs[dir] = true
	}
}

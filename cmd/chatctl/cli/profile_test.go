package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
)

func env(t *testing.T, set map[string]string) cli.Env {
	t.Helper()
	vars := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
	for k, v := range set {
		vars[k] = v
	}
	return cli.Env{Stdin: strings.NewReader(""), Stdout: &strings.Builder{}, Stderr: &strings.Builder{}, Getenv: func(k string) string { return vars[k] }}
}

func profiles(t *testing.T, e cli.Env) cli.Profiles {
	t.Helper()
	p, err := e.Profiles()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func save(t *testing.T, e cli.Env, name, server string) {
	t.Helper()
	_, err := profiles(t, e).Save(cli.Profile{Name: name, Server: server, Handle: name, Token: cli.Secret("secret-of-" + name)})
	if err != nil {
		t.Fatal(err)
	}
}

func TestProfileComesBackAsSavedAndIsPrivate(t *testing.T) {
	e := env(t, nil)
	save(t, e, "ada", "http://127.0.0.1:1")
	got, err := e.Account(cli.Choice{})
	if err != nil || got.Name != "ada" || got.Token != "secret-of-ada" {
		t.Fatalf("read %+v, %v", got, err)
	}
	file := filepath.Join(e.Getenv("XDG_CONFIG_HOME"), "chatctl", "profiles", "ada.json")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %o", info.Mode().Perm())
	}
}

func TestProfileThatOthersCanReadIsRefusedUntilSignedInAgain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits on Windows")
	}
	e := env(t, nil)
	save(t, e, "ada", "http://127.0.0.1:1")
	file := filepath.Join(e.Getenv("XDG_CONFIG_HOME"), "chatctl", "profiles", "ada.json")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Account(cli.Choice{}); cli.Status(err) != cli.SignedOut {
		t.Fatalf("error %v, status %d", err, cli.Status(err))
	}
	save(t, e, "ada", "http://127.0.0.1:1")
	if _, err := e.Account(cli.Choice{}); err != nil {
		t.Fatalf("after a new sign-in: %v", err)
	}
}

func TestTokenGoesOnlyToTheHostItCameFrom(t *testing.T) {
	for _, c := range []struct {
		from, to string
		goes     bool
	}{
		{"http://127.0.0.1:1000", "http://127.0.0.1:2000", true}, // started again on another port
		{"http://127.0.0.1:1000", "http://localhost:2000", true},
		{"https://chat.example.org", "https://CHAT.example.org/", true},
		{"https://chat.example.org", "http://chat.example.org", false},
		{"https://chat.example.org", "https://evil.example.org", false},
		{"http://127.0.0.1:1000", "http://192.0.2.1:1000", false},
	} {
		e := env(t, map[string]string{"CHATCTL_SERVER": c.to})
		save(t, e, "ada", c.from)
		_, err := e.Account(cli.Choice{})
		if goes := err == nil; goes != c.goes {
			t.Errorf("token of %s to %s: %v", c.from, c.to, err)
		}
	}
}

func TestFlagsWinOverTheEnvironmentAndThatOverTheProfileInUse(t *testing.T) {
	const server = "http://127.0.0.1:1"
	for _, c := range []struct {
		env    map[string]string
		choice cli.Choice
		token  string
	}{
		{nil, cli.Choice{}, "secret-of-cyd"},
		{map[string]string{"CHATCTL_PROFILE": "bob"}, cli.Choice{}, "secret-of-bob"},
		{map[string]string{"CHATCTL_PROFILE": "bob"}, cli.Choice{Profile: "ada"}, "secret-of-ada"},
		{map[string]string{"CHATCTL_TOKEN": "given"}, cli.Choice{}, "given"},
		{map[string]string{"CHATCTL_TOKEN": "given"}, cli.Choice{Profile: "ada"}, "secret-of-ada"},
	} {
		e := env(t, c.env)
		for _, name := range []string{"ada", "bob", "cyd"} {
			save(t, e, name, server)
		}
		got, err := e.Account(c.choice)
		if err != nil || string(got.Token) != c.token {
			t.Errorf("%v %+v: token %q, %v; want %q", c.env, c.choice, string(got.Token), err, c.token)
		}
	}
}

func TestProfileNamesStayInTheirDirectory(t *testing.T) {
	for _, name := range []string{"..", "../x", "a/b", `a\b`, "", "a b", "ü", "\x1b[2J", strings.Repeat("a", 65)} {
		_, err := profiles(t, env(t, nil)).Save(cli.Profile{Name: name, Server: "http://h", Token: "t"})
		if name != ".." && cli.Status(err) != cli.Usage {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestSecretsPrintAsRedacted(t *testing.T) {
	p := cli.Profile{Token: "s3cret"}
	if s := fmt.Sprintf("%v %+v %#v %s", p, p, p, p.Token); strings.Contains(s, "s3cret") {
		t.Fatal(s)
	}
}

func TestReportGivesTwoLinesAtMostAndNoEscape(t *testing.T) {
	var b strings.Builder
	err := errors.Join(errors.New("first\x1b[31m"), cli.Misused("do\nthis", "second"))
	if status := cli.Report(context.Background(), &b, err); status != cli.Usage {
		t.Errorf("status %d", status)
	}
	if strings.Count(b.String(), "\n") != 2 || strings.ContainsRune(b.String(), 0x1b) {
		t.Errorf("printed %q", b.String())
	}
}

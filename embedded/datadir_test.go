//go:build !windows

package embedded_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/embedded"
)

func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func openDir(t *testing.T, path string) *embedded.Dir {
	t.Helper()
	d, err := embedded.Open(path, false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// refused opens path, expects words in the error and nothing changed.
func refused(t *testing.T, path string, words ...string) {
	t.Helper()
	d, err := embedded.Open(path, false, slog.New(slog.DiscardHandler))
	if err == nil {
		_ = d.Close()
		t.Fatal("was not refused")
	}
	for _, w := range append(words, path) {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
}

func TestDefaultDirFollowsXDG(t *testing.T) {
	abs := t.TempDir()
	for _, c := range []struct{ xdg, home, want string }{
		{abs, "/home/ada", filepath.Join(abs, "chatctl")},
		{"", abs, filepath.Join(abs, ".local", "share", "chatctl")},
		{"relative", abs, filepath.Join(abs, ".local", "share", "chatctl")},
	} {
		env := map[string]string{"XDG_DATA_HOME": c.xdg, "HOME": c.home}
		got, err := embedded.DefaultDir(func(k string) string { return env[k] })
		if err != nil || got != c.want {
			t.Errorf("%+v: %q %v", c, got, err)
		}
	}
	if _, err := embedded.DefaultDir(func(string) string { return "" }); err == nil {
		t.Error("a directory without a home")
	}
}

func TestAMissingDirectoryIsMadeForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "data")
	d := openDir(t, path)
	defer d.Close()
	for _, p := range []string{path, filepath.Dir(path)} {
		info, err := os.Stat(p)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", p, info.Mode(), err)
		}
	}
	for _, p := range []string{d.ChatDB(), d.AccountsDB(), d.JetStream(), d.Mail()} {
		if filepath.Dir(p) != d.Path() {
			t.Errorf("%s is not in it", p)
		}
	}
}

func TestAnOpenDirectoryIsMadePrivateAndThatIsSaid(t *testing.T) {
	path := t.TempDir()
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	d, err := embedded.Open(path, false, logTo(&log))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if !strings.Contains(log.String(), "made private") {
		t.Errorf("log: %s", &log)
	}
}

func TestASecondProcessIsRefusedByNameUntilTheFirstEnds(t *testing.T) {
	path := t.TempDir()
	first := openDir(t, path)
	refused(t, path, "in use by process "+strconv.Itoa(os.Getpid()), "--data")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openDir(t, path).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestADirectoryOfANewerProgramIsRefused(t *testing.T) {
	path := t.TempDir()
	if err := openDir(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	for text, words := range map[string]string{"2\n": "newer chatctl", "": "not a number", "x": "not a number", "0": "not a number"} {
		if err := os.WriteFile(filepath.Join(path, "version"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, path, words)
	}
}

func TestAStrangersDirectoryIsRefusedUntouched(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "thesis.tex", "not empty")
	entries, err := os.ReadDir(path)
	info, _ := os.Stat(path)
	if err != nil || len(entries) != 1 || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, mode %v, %v", entries, info.Mode(), err)
	}
}

func TestAStartThatWasCutOffIsGoneOnWith(t *testing.T) {
	path := t.TempDir()
	for _, name := range []string{"lock", "pid", ".version123"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := openDir(t, path).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFileInItsPlaceIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, path)
	refused(t, filepath.Join(path, "below"))
}

func TestTheSocketOfALongDirectoryIsFoundElsewhere(t *testing.T) {
	runtime, base := "/run/user/1", t.TempDir()
	env := func(k string) string { return map[string]string{"XDG_RUNTIME_DIR": runtime}[k] }
	for name, long := range map[string]bool{"d": len(base) > 85, strings.Repeat("long", 30): true} {
		d := openDir(t, filepath.Join(base, name))
		got, err := d.AdminSocket(env)
		if err != nil {
			t.Fatal(err)
		}
		if long != strings.HasPrefix(got, runtime) || len(got) > 100 {
			t.Errorf("%s", got)
		}
		if found, err := embedded.FindAdminSocket(d.Path()); err != nil || found != got {
			t.Errorf("found %q and not %q: %v", found, got, err)
		}
		if _, err := d.AdminSocket(func(string) string { return "" }); long != (err != nil) {
			t.Errorf("without a runtime directory: %v", err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

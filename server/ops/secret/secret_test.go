package secret_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/ops/secret"
)

func TestAFileThatEverybodyMayReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such bits")
	}
	path := filepath.Join(t.TempDir(), "key")
	for mode, well := range map[os.FileMode]bool{0o600: true, 0o640: true, 0o400: true, 0o644: false, 0o604: false, 0o602: false} {
		if err := os.WriteFile(path, []byte("hush\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		b, err := secret.Read(path)
		if well && (err != nil || string(b) != "hush\n") {
			t.Errorf("mode %o: %q, %v", mode, b, err)
		}
		if !well && (err == nil || !strings.Contains(err.Error(), "chmod 600")) {
			t.Errorf("mode %o was taken: %v", mode, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatHoldsNoSecretIsRefused(t *testing.T) {
	dir := t.TempDir()
	empty, large := filepath.Join(dir, "empty"), filepath.Join(dir, "large")
	for path, size := range map[string]int{empty: 0, large: 1<<20 + 1} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{empty, large, filepath.Join(dir, "nothing"), dir} {
		if b, err := secret.Read(path); err == nil {
			t.Errorf("%s gave %d bytes", path, len(b))
		}
	}
}

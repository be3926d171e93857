package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
)

// TestThePackagedSettingsAreTaken: as the file is, and with every # of a setting taken away.
func TestThePackagedSettingsAreTaken(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", ".packaging", "server.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "server.yaml")
	_, settings, _ := strings.Cut(string(b), "\n\n")
	for text, want := range map[string]int{string(b): 0, strings.ReplaceAll("\n"+settings, "\n#", "\n"): 7} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		env := cli.Env{Args: []string{"config", "show", "--origin", "--config", file}, Stdout: &out, Stderr: &errs,
			Getenv: func(k string) string { return map[string]string{"HOME": t.TempDir()}[k] }}
		if status := run(t.Context(), env); status != 0 {
			t.Fatalf("status %d: %s", status, &errs)
		}
		if n := strings.Count(out.String(), "# from "+file); n != want {
			t.Errorf("%d settings are from the file, not %d:\n%s", n, want, &out)
		}
	}
}

package outbox_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/client/outbox"
)

const childsOutbox = "CHATCTL_TEST_OUTBOX" // where this is set, the process is the child of the test below

func TestMain(m *testing.M) {
	if path := os.Getenv(childsOutbox); path != "" {
		decide(path)
		return
	}
	os.Exit(m.Run())
}

// decide does what a person can do to an outbox, and says so after each.
func decide(path string) {
	o, err := outbox.Open(path)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	o.KeepFailed()
	written, refused := message("ada", "written"), message("ada", "refused")
	if err := o.Add(written, start); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("added.")
	o.Failed(outbox.Failure{Action: refused, Error: "too long"})
	fmt.Println("failed.")
	o.Forget(refused.ID)
	fmt.Println("forgotten.")
	o.Drop(written.ID)
	fmt.Println("dropped.")
}

// A power cut leaves of a file what was synced. How much that was when the child
// said something is taken from its calls.
func TestWhatAPersonWroteAndDecidedOutlastsAPowerCut(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		leaveOut(t, "no strace here, to see what is synced:", err)
	}
	path, calls := filepath.Join(t.TempDir(), "outbox"), filepath.Join(t.TempDir(), "calls")
	cmd := exec.CommandContext(t.Context(), strace, "-f", "-y", "-s", "20", "-o", calls, "-e", "trace=write,fsync,fdatasync", os.Args[0])
	cmd.Env = append(os.Environ(), childsOutbox+"="+path)
	if out, err := cmd.CombinedOutput(); strings.Contains(string(out), "ptrace") {
		leaveOut(t, "strace may not trace here:", string(out))
	} else if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	synced := syncedWhenSaid(t, path, calls)
	for _, c := range []struct {
		said         string
		open, failed []string
	}{
		{"added.", []string{"written"}, nil},
		{"failed.", []string{"written"}, []string{"refused"}},
		{"forgotten.", []string{"written"}, nil},
		{"dropped.", nil, nil},
	} {
		n, ok := synced[c.said]
		if !ok || n > len(whole) {
			t.Fatalf("%s: %d bytes of %d were synced (%v)", c.said, n, len(whole), ok)
		}
		left := filepath.Join(t.TempDir(), "outbox")
		if err := os.WriteFile(left, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		o := open(t, left)
		has(t, c.said+" open", kept(o), c.open...)
		has(t, c.said+" failed", failures(o), c.failed...)
		shut(t, o)
	}
}

// A call is on one line of strace's, or on two where another thread's came between.
var (
	call    = regexp.MustCompile(`^\d+ +(\w+)\(\d+<([^>]*)>(?:, "([^"]*)")?.*\) += (\d+)`)
	begun   = regexp.MustCompile(`^(\d+) .*<unfinished \.\.\.>$`)
	resumed = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>`)
)

// syncedWhenSaid reads from a child's calls how many bytes of a file were synced
// when it said each of its words.
func syncedWhenSaid(t *testing.T, path, calls string) map[string]int {
	t.Helper()
	f, err := os.Open(calls)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	written, synced, when := 0, 0, map[string]int{}
	half := map[string]string{} // by thread
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if b := begun.FindStringSubmatch(line); b != nil {
			half[b[1]] = strings.TrimSuffix(line, "<unfinished ...>")
			continue
		}
		if r := resumed.FindStringSubmatch(line); r != nil {
			line = half[r[1]] + strings.TrimPrefix(line, r[0])
		}
		c := call.FindStringSubmatch(line)
		switch {
		case c == nil:
		case c[1] == "write" && c[2] == path:
			n, err := strconv.Atoi(c[4])
			if err != nil {
				t.Fatal(err)
			}
			written += n
		case c[2] == path: // a sync
			synced = written
		case c[1] == "write":
			when[strings.TrimSuffix(c[3], `\n`)] = synced
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return when
}

// leaveOut says what a test does without; where everything is provided it fails instead.
func leaveOut(t *testing.T, why ...any) {
	t.Helper()
	if os.Getenv("CHATCTL_TEST_ALL") != "" {
		t.Fatal(why...)
	}
	t.Skip(why...)
}

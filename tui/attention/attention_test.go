package attention_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/tui/attention"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func message(change ...func(*attention.Message)) attention.Message {
	m := attention.Message{Note: attention.Note{Title: "@bob", Body: "hello"}}
	for _, f := range change {
		f(&m)
	}
	return m
}

func shown(m *attention.Message)   { m.Shown = true }
func muted(m *attention.Message)   { m.Muted = true }
func mention(m *attention.Message) { m.Mention, m.Title = true, "@eve in #ops" }

func TestWhatRingsFollowsTheFocus(t *testing.T) {
	var untold attention.Model
	for _, c := range []struct {
		name  string
		model attention.Model
		in    attention.Message
		rings bool
	}{
		{"in focus nothing rings", untold.Focus(), message(), false},
		{"nor a mention", untold.Focus(), message(mention), false},
		{"out of focus what is shown rings, too", untold.Blur(), message(shown), true},
		{"out of focus a muted conversation does not", untold.Blur(), message(muted), false},
		{"but a mention in it does", untold.Blur(), message(muted, mention), true},
		{"untold, what is shown does not", untold, message(shown), false},
		{"untold, what is not shown does", untold, message(), true},
	} {
		if _, _, rings := c.model.Ring([]attention.Message{c.in}, noon); rings != c.rings {
			t.Error(c.name)
		}
	}
	if untold.Blur().Reads() || !untold.Focus().Reads() || !untold.Reads() {
		t.Error("what is shown is read unless the window is known to be elsewhere")
	}
}

func TestManyMessagesRingOnceAndAMentionGoesBefore(t *testing.T) {
	m, note, rings := attention.Model{}.Blur().Ring([]attention.Message{message(), message(mention), message()}, noon)
	if !rings || note.Title != "@eve in #ops (and 2 more)" {
		t.Errorf("%v %q", rings, note.Title)
	}
	if _, _, again := m.Ring([]attention.Message{message()}, noon.Add(time.Second)); again {
		t.Error("it rang twice within a second")
	}
	if _, _, again := m.Ring([]attention.Message{message()}, noon.Add(4*time.Second)); !again {
		t.Error("it never rang again")
	}
}

func TestAStrangersTextCannotLeaveTheNotification(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		s := attention.Signals{OSC9: true, OSC777: true, Terminal: &out}
		note := attention.Note{Title: rapid.String().Draw(t, "title"), Body: rapid.String().Draw(t, "body")}
		if err := s.Tell(t.Context(), note); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\x1b"); n != 4 {
			t.Fatalf("%d escapes: %q", n, out.String())
		}
		if strings.ContainsAny(out.String(), "\a\r\n\u009c\u009d") {
			t.Fatalf("a control passed: %q", out.String())
		}
	})
}

func TestTheCommandFindsTheWordsInItsEnvironment(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the command of this test is a shell's")
	}
	file := filepath.Join(t.TempDir(), "told")
	s := attention.Signals{Command: []string{"/bin/sh", "-c", `printf '%s|%s' "$CHATCTL_TITLE" "$CHATCTL_BODY" >"$0"`, file}, Environ: os.Environ()}
	if err := s.Tell(t.Context(), attention.Note{Title: "@bob", Body: "$(touch /tmp/x); `id`\x1b[2J"}); err != nil {
		t.Fatal(err)
	}
	told, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(told) != "@bob|$(touch /tmp/x); `id`␛[2J" {
		t.Errorf("%q", told)
	}
	s.Command = []string{filepath.Join(t.TempDir(), "missing")}
	if err := s.Tell(t.Context(), attention.Note{}); err == nil || !strings.Contains(err.Error(), "the notification command") {
		t.Error(err)
	}
}

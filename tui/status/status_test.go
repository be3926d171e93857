package status_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui/status"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestTheBarSaysHowTheProgramStands(t *testing.T) {
	for _, c := range []struct {
		bar  status.Bar
		says []string
	}{
		{status.Bar{Link: status.Connecting}, []string{"connecting"}},
		{status.Bar{Link: status.CatchingUp, Missing: 3}, []string{"catching up 3"}},
		{status.Bar{Link: status.Live, Lag: 12 * time.Millisecond, Who: "@ada", Unread: 5, Mention: 2}, []string{"connected 12 ms", "@2", "5 unread", "@ada"}},
		{status.Bar{Link: status.Live, Lag: time.Microsecond}, []string{"connected <1 ms"}},
		{status.Bar{Link: status.Offline, Retry: noon.Add(4200 * time.Millisecond), Why: "connection refused", Outbox: 2}, []string{"offline: retry in 5 s (connection refused)", "outbox 2"}},
		{status.Bar{Link: status.Offline, Retry: noon.Add(-time.Second)}, []string{"offline"}},
		{status.Bar{Link: status.Ended, Why: "sign in again"}, []string{"disconnected (sign in again)"}},
		{status.Bar{Link: status.Ended, Why: "suspended", Again: "ctrl-r"}, []string{"disconnected: ctrl-r goes on (suspended)"}},
		{status.Bar{Link: status.Live, Failed: 1, Note: "no such person"}, []string{"1 not sent", "no such person"}},
	} {
		line := ansi.Strip(c.bar.View(80, noon, status.Styles{}))
		for _, s := range c.says {
			if !strings.Contains(line, s) {
				t.Errorf("%q does not say %q", line, s)
			}
		}
	}
}

func TestANoteIsReadWholeInTheBarOrAboveIt(t *testing.T) {
	const note = "this profile is open elsewhere, too: what is unsent when you quit here is lost"
	bar := status.Bar{Link: status.Live, Lag: 3 * time.Millisecond, Outbox: 4, Note: note}
	for width, lines := range map[int]int{120: 0, 100: 1, 80: 1, 50: 2, 30: 3} {
		above := bar.Above(width, 3, noon, status.Styles{})
		line := ansi.Strip(bar.View(width, noon, status.Styles{}))
		if len(above) != lines || strings.Contains(line, "this") != (lines == 0) {
			t.Errorf("%d cells: %d lines above %q", width, len(above), line)
		}
		said := strings.Join(strings.Fields(ansi.Strip(strings.Join(append(above, line), " "))), " ")
		if !strings.Contains(said, note) || !strings.Contains(said, "outbox 4") {
			t.Errorf("%d cells say %q", width, said)
		}
	}
	if above := bar.Above(20, 2, noon, status.Styles{}); len(above) != 2 || !strings.Contains(above[1], "…") {
		t.Errorf("two lines of twenty cells are %q", above)
	}
}

func TestWithoutRoomTheEndIsLeftOutAndTheStateStays(t *testing.T) {
	bar := status.Bar{Link: status.Live, Lag: 3 * time.Millisecond, Outbox: 4, Who: "@ada", Where: "http://127.0.0.1:8420"}
	if line := bar.View(32, noon, status.Styles{}); !strings.HasPrefix(line, "● connected 3 ms  outbox 4") || strings.Contains(line, "http") {
		t.Errorf("%q", line)
	}
}

func TestTheBarIsExactlyAsWideAsTheScreenWhateverIsInIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bar := status.Bar{
			Link: status.Link(rapid.IntRange(0, 4).Draw(t, "link")), Missing: rapid.Int().Draw(t, "missing"),
			Why: rapid.String().Draw(t, "why"), Note: rapid.String().Draw(t, "note"), Who: rapid.String().Draw(t, "who"),
			Outbox: rapid.IntRange(0, 1e6).Draw(t, "outbox"), Unread: rapid.Int64Range(0, 1e9).Draw(t, "unread"),
		}
		width := rapid.IntRange(0, 200).Draw(t, "width")
		for _, line := range append(bar.Above(width, 3, noon, status.Styles{}), bar.View(width, noon, status.Styles{})) {
			if w := ansi.StringWidth(line); w != width {
				t.Fatalf("%d cells, not %d: %q", w, width, line)
			}
			if strings.ContainsAny(ansi.Strip(line), "\n\r\x1b\a") {
				t.Fatalf("a control passed: %q", line)
			}
		}
	})
}

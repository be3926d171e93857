package rail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui/rail"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.Local)

func item(name string, minutesAgo int, change ...func(*rail.Item)) rail.Item {
	it := rail.Item{Key: name, Name: name, Last: noon.Add(-time.Duration(minutesAgo) * time.Minute)}
	for _, f := range change {
		f(&it)
	}
	return it
}

func unread(n, mentions int64) func(*rail.Item) {
	return func(it *rail.Item) { it.Unread, it.Mentions = n, mentions }
}

func muted(it *rail.Item) { it.Muted = true }
func gone(it *rail.Item)  { it.Gone = true }

func keys(m rail.Model) string {
	var all []string
	for _, it := range m.Items() {
		all = append(all, it.Key)
	}
	return strings.Join(all, " ")
}

func TestTheLatestStandsFirstAndWhatOneLeftLast(t *testing.T) {
	m := rail.Model{}.Set([]rail.Item{item("#old", 50), item("#left", 1, gone), item("@bob", 5), item("@ada", 5)})
	if got := keys(m); got != "@ada @bob #old #left" {
		t.Error(got)
	}
}

func TestTheCurrentOneStaysCurrentWhereverItMoves(t *testing.T) {
	m := rail.Model{}.Set([]rail.Item{item("a", 1), item("b", 2), item("c", 3)}).Select("c")
	m = m.Set([]rail.Item{item("a", 1), item("b", 2), item("c", 0)})
	if m.Current() != "c" || m.Step(1) != "a" || m.Step(-1) != "b" {
		t.Error(m.Current(), m.Step(1), m.Step(-1))
	}
}

func TestNextUnreadTakesMentionsFirstThenWhatWaitsLongest(t *testing.T) {
	m := rail.Model{}.Set([]rail.Item{
		item("new", 1, unread(2, 0)), item("old", 9, unread(1, 0)), item("loud", 99, unread(7, 0), muted), item("named", 5, unread(3, 1)),
	})
	for _, want := range []string{"named", "old", "new", ""} {
		got := m.NextUnread()
		if got != want {
			t.Fatalf("got %q, not %q", got, want)
		}
		var rest []rail.Item
		for _, it := range m.Items() {
			if it.Key == got {
				it.Unread, it.Mentions = 0, 0
			}
			rest = append(rest, it)
		}
		m = m.Set(rest)
	}
}

func TestUnreadAndMentionsAreCountedApart(t *testing.T) {
	m := rail.Model{}.Set([]rail.Item{item("#ops", 1, unread(12, 2)), item("#noise", 2, unread(900, 1), muted)})
	if u, n := m.Totals(); u != 13 || n != 3 {
		t.Errorf("unread %d, mentions %d", u, n)
	}
	if line := strings.Split(m.View(30, 3, noon, rail.Styles{}), "\n")[0]; !strings.Contains(line, "#ops") || !strings.Contains(line, "@2 10") || !strings.Contains(line, "11:59") {
		t.Errorf("the row is %q", line)
	}
}

func TestTheCurrentOneIsAlwaysShownAndFoundWhereItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []rail.Item
		n := rapid.IntRange(1, 40).Draw(t, "items")
		for i := range n {
			items = append(items, item(string(rune('a'+i/26))+string(rune('a'+i%26)), i))
		}
		m := rail.Model{}.Set(items)
		m = m.Select(m.Items()[rapid.IntRange(0, n-1).Draw(t, "current")].Key)
		height := rapid.IntRange(1, 30).Draw(t, "height")
		found := false
		for y, line := range strings.Split(m.View(20, height, noon, rail.Styles{}), "\n") {
			if key := m.At(y, height); key == m.Current() {
				found = strings.Contains(line, "▌ "+m.Current())
			}
		}
		if !found {
			t.Fatalf("%s is not shown in %d lines:\n%s", m.Current(), height, m.View(20, height, noon, rail.Styles{}))
		}
	})
}

func TestNoRowIsWiderOrNarrowerThanTheListWhateverTheName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := rail.Item{Key: "k", Name: rapid.String().Draw(t, "name"), Last: noon,
			Unread: rapid.Int64Range(0, 1e6).Draw(t, "unread"), Mentions: rapid.Int64Range(0, 1e6).Draw(t, "mentions"),
			Draft: rapid.Bool().Draw(t, "draft"), Muted: rapid.Bool().Draw(t, "muted")}
		width, height := rapid.IntRange(0, 60).Draw(t, "width"), rapid.IntRange(1, 5).Draw(t, "height")
		lines := strings.Split(rail.Model{}.Set([]rail.Item{it}).Select("k").View(width, height, noon, rail.Styles{}), "\n")
		if len(lines) != height {
			t.Fatalf("%d lines, not %d", len(lines), height)
		}
		for _, line := range lines {
			if w := ansi.StringWidth(line); w != width {
				t.Fatalf("%q is %d cells wide, not %d", line, w, width)
			}
		}
	})
}

func TestAListThatWasNotReadSaysWhy(t *testing.T) {
	m := rail.Model{}.Unread("no connection")
	for _, items := range [][]rail.Item{nil, {item("@bob", 1)}} {
		s := m.Set(items).View(20, 5, noon, rail.Styles{})
		if !strings.Contains(s, "not read yet:") || !strings.Contains(s, "no connection") || strings.Contains(s, "nothing yet") {
			t.Errorf("the list is\n%s", s)
		}
	}
	if s := m.Unread("").View(20, 5, noon, rail.Styles{}); !strings.Contains(s, "nothing yet") {
		t.Errorf("the list is\n%s", s)
	}
}

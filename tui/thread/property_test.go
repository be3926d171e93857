package thread_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/thread/render"
	"pgregory.net/rapid"
)

var actions = []keymap.Action{keymap.PageUp, keymap.PageDown, keymap.LineUp, keymap.LineDown, keymap.Present, keymap.FirstUnread, keymap.EnterSelect,
	keymap.SelectUp, keymap.SelectDown, keymap.SelectFirst, keymap.SelectLast, keymap.LeaveSelect, keymap.Search, keymap.SearchNext, keymap.SearchPrev,
	keymap.Reply, keymap.Edit, keymap.Delete, keymap.Copy, keymap.OpenLink, keymap.Raw}

var hostile = []string{"\x1b[2J", "日本語", "👩‍👩‍👧", "🇩", "\u0301", "\u202e", "\u2067", "\u2069", "```go\n", "> ", "\n", "\n\n\n", "word ", "/me ", "@ada", "*", "[a](https://b.org)",
	strings.Repeat("x", 90), "\x07", "\u200d", "﷽", "- "}

func strange(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(hostile), 1, 8).Draw(t, "text"), "")
}

// log draws entries of a conversation's log, of every kind, from seq 1 on.
func log(t *rapid.T) (entries []api.Entry) {
	members := rapid.SampledFrom([]api.MemberID{ada, bob, eve, {9}})
	for seq := int64(1); seq <= int64(rapid.IntRange(1, 60).Draw(t, "length")); seq++ {
		from := members.Draw(t, "from")
		target := rapid.Int64Range(1, seq).Draw(t, "target")
		var e api.Entry
		switch rapid.IntRange(0, 11).Draw(t, "kind") {
		case 0:
			e = entry(seq, from, api.EntryEdit, api.EditBody{Target: target, Text: strange(t)})
		case 1:
			e = entry(seq, from, api.EntryDelete, api.DeleteBody{Target: target})
		case 2:
			e = entry(seq, from, api.EntryMember, api.MemberBody{Change: api.Added, Member: members.Draw(t, "whom")})
		case 3:
			e = entry(seq, from, api.EntryRename, api.RenameBody{Name: strange(t)})
		case 4:
			e = entry(seq, from, "reaction", strange(t))
		case 5:
			e = entry(seq, from, api.EntryMessage, api.MessageBody{Text: strange(t), ReplyTo: target})
		default:
			e = entry(seq, from, api.EntryMessage, api.MessageBody{Text: strange(t)})
		}
		entries = append(entries, at(e, noon.Add(time.Duration(seq)*time.Duration(rapid.IntRange(0, 4).Draw(t, "hours"))*time.Hour)))
	}
	return entries
}

// fits fails for a screen that is not as high as it has to be, or too wide.
func (x *talk) fits(t *rapid.T, width, height int) {
	lines := strings.Split(x.View(), "\n")
	if len(lines) != height {
		t.Fatalf("%d lines, not %d", len(lines), height)
	}
	for _, l := range lines {
		if w := ansi.StringWidth(l); w > width {
			t.Fatalf("%q is %d cells wide, not at most %d", l, w, width)
		}
		if s := ansi.Strip(l); strings.ContainsAny(s, "\x1b\x07\r") {
			t.Fatalf("%q lets a control through", l)
		}
	}
}

func TestEveryScreenFitsWhateverIsSaidAndDone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		width, height := rapid.IntRange(1, 100).Draw(r, "width"), rapid.IntRange(1, 40).Draw(r, "height")
		x := begin(t, width, height)
		rest := log(r)
		x.Model = x.SetPending([]render.Pending{{ID: api.NewActionID(), Text: strange(r), Stage: render.Failed, Why: strange(r)}, {ID: rest[0].Action, Text: strange(r)}})
		x.fits(r, width, height)
		for len(rest) > 0 {
			n := rapid.IntRange(1, len(rest)).Draw(r, "arrive")
			x.arrive(rest[:n]...)
			rest = rest[n:]
			for range rapid.IntRange(0, 6).Draw(r, "actions") {
				x.do(rapid.SampledFrom(actions).Draw(r, "action"))
				x.fits(r, width, height)
				if x.Searching() {
					x.write(strange(r) + "\n")
				}
			}
			if rapid.Bool().Draw(r, "resize") {
				width, height = rapid.IntRange(1, 100).Draw(r, "width"), rapid.IntRange(1, 40).Draw(r, "height")
				x.Model = x.SetSize(width, height)
			}
			x.Model = x.MarkNew(rapid.Int64Range(-1, 60).Draw(r, "new"))
			x.fits(r, width, height)
		}
		x.history(api.Page{Conversation: ops, Next: 1, Withheld: []api.Withheld{{From: 61, To: 70}}})
		x.fits(r, width, height)
	})
}

func TestTheScreenIsTheSameInWhateverOrderEntriesCome(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		entries := log(r)
		want := begin(t, 60, 200)
		want.arrive(entries...)
		x := begin(t, 60, 200)
		shuffled := rapid.Permutation(append(entries, entries[:len(entries)/2]...)).Draw(r, "order")
		for len(shuffled) > 0 {
			n := rapid.IntRange(1, len(shuffled)).Draw(r, "batch")
			x.arrive(shuffled[:n]...)
			x.View()
			shuffled = shuffled[n:]
		}
		if x.View() != want.View() {
			r.Fatalf("in order\n%s\nand as they came\n%s", want.screen(), x.screen())
		}
	})
}

func TestScrollingShowsEveryMessageOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int64Range(1, 40).Draw(r, "messages")
		x := begin(t, rapid.IntRange(14, 60).Draw(r, "width"), rapid.IntRange(2, 40).Draw(r, "height"))
		x.history(page(1, n, false))
		seen := map[string]bool{}
		for range 2*n + 3 {
			for line := range strings.SplitSeq(x.screen(), "\n") {
				seen[strings.TrimSpace(line)] = true
			}
			x.do(keymap.LineUp)
		}
		top := x.View()
		for range 2*n + 3 {
			x.do(keymap.LineDown)
		}
		if !x.AtPresent() {
			r.Fatalf("the end is not reached:\n%s", x.screen())
		}
		for range 2*n + 3 {
			x.do(keymap.LineUp)
		}
		if x.View() != top {
			r.Fatal("up again is elsewhere")
		}
		for seq := int64(1); seq <= n; seq++ {
			if !seen[fmt.Sprint("text ", seq)] {
				r.Fatalf("text %d was not seen", seq)
			}
		}
	})
}

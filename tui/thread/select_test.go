package thread_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/thread"
)

// chosen is the first line of the chosen message on the screen.
func (x *talk) chosen() string {
	for line := range strings.SplitSeq(x.screen(), "\n") {
		if rest, ok := strings.CutPrefix(line, "▌ "); ok {
			return strings.TrimRight(strings.TrimRight(rest, "✓"), " ")
		}
	}
	return ""
}

func TestWhatIsChosenStaysOnAThreadThatBecomesLower(t *testing.T) {
	x := begin(t, 60, 12)
	x.history(api.Page{Conversation: ops, Next: 1, Entries: []api.Entry{
		message(1, bob, "one"), message(2, ada, "two"), message(3, bob, "three"), message(4, ada, "four")}})
	x.do(keymap.EnterSelect)
	for height := 11; height > 2; height-- {
		if x.Model = x.SetSize(60, height); !strings.Contains(x.View(), "four") {
			t.Fatalf("of %d lines:\n%s", height, x.View())
		}
	}
}

func TestAMessageIsChosenAndActedOn(t *testing.T) {
	x := begin(t, 60, 12)
	x.history(api.Page{Conversation: ops, Next: 1, Entries: []api.Entry{
		message(1, bob, "see https://a.org and [b](https://b.org)"), message(2, ada, "*mine*"), message(4, bob, "no link")}})
	x.arrive(entry(3, bob, api.EntryMember, api.MemberBody{Change: api.Added, Member: eve}))
	x.do(keymap.Reply, keymap.Copy)
	if len(x.said) != 1 { // WantHistory
		t.Fatalf("with nothing chosen %v", x.said)
	}
	x.do(keymap.EnterSelect)
	if x.chosen() != "no link" || !x.Selecting() {
		t.Fatalf("%q is chosen", x.chosen())
	}
	x.do(keymap.Reply, keymap.Report, keymap.OpenLink, keymap.Edit, keymap.Delete)
	first := thread.Message{Conversation: ops, Seq: 4, Sender: "bob", First: "no link", Text: "no link"}
	want := []any{thread.WantReply{first}, thread.WantReport{first}, thread.Note{"there is no link in that message"},
		thread.Note{"only its sender can edit a message"}, thread.Note{"only its sender, and a group's owner and admins, can delete a message"}}
	for i, msg := range x.said[1:] {
		if !reflect.DeepEqual(msg, want[i]) {
			t.Errorf("%v, not %v", msg, want[i])
		}
	}
	x.do(keymap.SelectUp)
	if !strings.HasPrefix(x.chosen(), "mine ") {
		t.Fatalf("%q is chosen", x.chosen())
	}
	x.do(keymap.Edit, keymap.Delete, keymap.Copy)
	mine := thread.Message{Conversation: ops, Seq: 2, Sender: "ada", Mine: true, First: "mine", Text: "*mine*"}
	if e, d, c := heard[thread.WantEdit](x), heard[thread.WantDelete](x), heard[thread.WantCopy](x); !reflect.DeepEqual(e, []thread.WantEdit{{mine}}) ||
		!reflect.DeepEqual(d, []thread.WantDelete{{mine}}) || !reflect.DeepEqual(c, []thread.WantCopy{{"*mine*"}}) {
		t.Errorf("%v %v %v", e, d, c)
	}
	x.do(keymap.SelectUp, keymap.OpenLink)
	if got := heard[thread.WantOpen](x); !reflect.DeepEqual(got, []thread.WantOpen{{[]string{"https://a.org", "https://b.org"}}}) {
		t.Errorf("%v", got)
	}
	x.do(keymap.SelectUp, keymap.SelectLast)
	if x.chosen() != "no link" {
		t.Errorf("%q is chosen", x.chosen())
	}
	x.do(keymap.SelectFirst)
	if !strings.HasPrefix(x.chosen(), "see") {
		t.Errorf("%q is chosen", x.chosen())
	}
	x.do(keymap.SelectDown, keymap.SelectDown, keymap.SelectDown)
	if x.Selecting() || len(heard[thread.SelectEnded](x)) != 1 {
		t.Errorf("%q is chosen, below the last", x.chosen())
	}
}

func TestAdminsDeleteWhatOthersWrote(t *testing.T) {
	x := begin(t, 60, 12)
	x.history(page(1, 3, false))
	x.Model = x.SetHead(api.Head{Conversation: ops, Kind: api.Group, Me: ada, Role: api.Admin, LastSeq: 3})
	x.do(keymap.EnterSelect, keymap.Delete)
	if got := heard[thread.WantDelete](x); len(got) != 1 || got[0].Message.Seq != 3 {
		t.Errorf("%v", got)
	}
}

func TestADeletedMessageCanOnlyBeLookedAt(t *testing.T) {
	x := begin(t, 60, 12)
	x.history(page(1, 3, false))
	x.arrive(entry(4, bob, api.EntryDelete, api.DeleteBody{Target: 3}))
	x.do(keymap.EnterSelect, keymap.Reply, keymap.Copy, keymap.Raw)
	if n := heard[thread.Note](x); len(n) != 2 {
		t.Errorf("%v", n)
	}
	if got := heard[thread.WantRaw](x); len(got) != 1 || !strings.Contains(got[0].Text, "deleted") || strings.Contains(got[0].Text, "text 3") {
		t.Errorf("%v", got)
	}
}

func TestTheRawViewHidesNothing(t *testing.T) {
	x := begin(t, 60, 12)
	e := message(7, bob, "**a** \x1b[2J\u202e\nb")
	x.history(api.Page{Conversation: ops, Next: 1, Entries: []api.Entry{e}})
	x.do(keymap.EnterSelect, keymap.Raw)
	got := heard[thread.WantRaw](x)
	if len(got) != 1 {
		t.Fatalf("%v", got)
	}
	for _, part := range []string{"seq           7\n", "handle        bob\n", "time          2026-11-24T12:00:07.000Z\n", bob.String(), e.Action.String(), "\n**a** ␛[2J<U+202E>\nb\n"} {
		if !strings.Contains(got[0].Text, part) {
			t.Errorf("%q is not in\n%s", part, got[0].Text)
		}
	}
}

func TestTheChosenMessageStaysOnTheScreen(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 200, true))
	x.do(keymap.EnterSelect)
	for seq := int64(201); seq < 230; seq++ {
		x.arrive(message(seq, bob, "more"))
	}
	if x.chosen() != "text 200" {
		t.Errorf("%q is chosen:\n%s", x.chosen(), x.screen())
	}
	for range 40 {
		x.do(keymap.SelectUp)
		if x.chosen() == "" {
			t.Fatalf("nothing is chosen on the screen:\n%s", x.screen())
		}
	}
	if x.chosen() != "text 160" {
		t.Errorf("%q is chosen", x.chosen())
	}
	x.do(keymap.LeaveSelect, keymap.Present)
	if x.Selecting() || !x.AtPresent() {
		t.Error("it is not at the present")
	}
}

func TestMoreIsBelowOnlyWhereThereIs(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 200, true))
	x.do(keymap.EnterSelect)
	x.lacks("below")
	x.do(keymap.LineUp)
	x.has("↓ more below")
	x.arrive(message(201, bob, "new"))
	x.has("↓ 1 new below")
	x.do(keymap.LineDown, keymap.LineDown)
	if x.lacks("below"); x.chosen() != "text 200" {
		t.Errorf("%q is chosen:\n%s", x.chosen(), x.screen())
	}
}

func TestChoosingGoesOnIntoHistory(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 103, true))
	if got := heard[thread.WantHistory](x); len(got) != 2 { // the first one, and because the screen is not full
		t.Errorf("%v", got)
	}
	x.do(keymap.EnterSelect, keymap.SelectUp, keymap.SelectUp, keymap.SelectUp)
	if x.chosen() != "text 101" {
		t.Errorf("%q is chosen", x.chosen())
	}
	x.history(page(1, 100, false))
	x.do(keymap.SelectUp)
	if x.chosen() != "text 100" {
		t.Errorf("%q is chosen:\n%s", x.chosen(), x.screen())
	}
}

func TestASearchGoesUpAndDownThroughWhatIsLoaded(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 200, true))
	x.arrive(message(201, eve, "About Tea"), message(202, bob, "end"))
	x.do(keymap.EnterSelect, keymap.Search)
	x.write("exT 15")
	x.has("/exT 15")
	if !x.Searching() {
		t.Error("it is not searching")
	}
	x.write("\n")
	if x.chosen() != "text 159" || x.Searching() {
		t.Errorf("%q is chosen", x.chosen())
	}
	x.do(keymap.SearchNext, keymap.SearchNext, keymap.SearchPrev)
	if x.chosen() != "text 158" {
		t.Errorf("%q is chosen", x.chosen())
	}
	x.do(keymap.Search)
	x.write("TEA\n")
	if got := heard[thread.Note](x); len(got) != 1 || got[0].Text != "not found in what is loaded; scroll up for more" {
		t.Errorf("%v", got)
	}
	x.do(keymap.SearchPrev)
	if x.chosen() != "About Tea" {
		t.Errorf("%q is chosen:\n%s", x.chosen(), x.screen())
	}
	x.do(keymap.SearchPrev)
	if got := heard[thread.Note](x); len(got) != 1 || got[0].Text != "not found below" {
		t.Errorf("%v", got)
	}
}

package thread_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/thread"
)

func TestWhatIsOnTheScreenStaysThereWhileOthersWrite(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 200, true))
	x.do(keymap.PageUp)
	before := x.screen()
	x.arrive(message(201, eve, "new"), message(202, eve, "newer"))
	x.history(page(51, 100, true))
	x.has("↓ 2 new below")
	if got := x.screen(); strings.Split(got, "\n↓")[0] != strings.Split(before, "\n↓")[0] {
		t.Errorf("the screen was\n%s\nand is\n%s", before, got)
	}
	if x.AtPresent() {
		t.Error("it is at the present")
	}
	x.do(keymap.Present)
	x.has("newer")
	x.lacks("below")
	x.arrive(message(203, eve, "newest"))
	x.has("newest")
}

func TestScrollingDownToTheEndFollowsAgain(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 200, true))
	x.do(keymap.LineUp, keymap.LineUp, keymap.LineDown)
	x.arrive(message(201, bob, "unseen"))
	x.lacks("unseen")
	x.do(keymap.LineDown, keymap.LineDown)
	x.has("unseen")
	x.arrive(message(202, bob, "followed"))
	x.has("followed")
}

func TestTheWheelScrolls(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 200, true))
	m, _ := x.Update(tea.MouseMsg{Button: tea.MouseButtonWheelUp})
	x.Model = m
	x.lacks("text 200", "text 198")
	x.has("text 197")
	m, _ = x.Update(tea.MouseMsg{Button: tea.MouseButtonWheelDown})
	x.Model = m
	x.has("text 200")
}

func TestHistoryIsAskedForOnTheWayAndOnce(t *testing.T) {
	x := begin(t, 40, 11)
	if got := heard[thread.WantHistory](x); !reflect.DeepEqual(got, []thread.WantHistory{{ops, 0}}) {
		t.Fatalf("at the beginning %v", got)
	}
	x.history(page(101, 200, true))
	x.do(keymap.PageUp, keymap.PageUp)
	if got := heard[thread.WantHistory](x); got != nil {
		t.Errorf("with enough above %v", got)
	}
	for range 15 {
		x.do(keymap.PageUp)
	}
	if got := heard[thread.WantHistory](x); !reflect.DeepEqual(got, []thread.WantHistory{{ops, 101}}) {
		t.Errorf("at the top %v", got)
	}
	x.has("older messages …", "text 101")
	x.Model = x.HistoryFailed("no connection")
	x.has("older messages could not be read")
	if got := heard[thread.WantHistory](x); got != nil {
		t.Errorf("by itself %v", got)
	}
	x.do(keymap.LineUp)
	if got := heard[thread.WantHistory](x); len(got) != 1 {
		t.Errorf("scrolling again %v", got)
	}
	x.history(page(1, 100, false))
	x.has("text 100", "text 101")
	for range 15 {
		x.do(keymap.PageUp)
	}
	x.has("the beginning of the conversation", "text 1\n")
	if got := heard[thread.WantHistory](x); got != nil {
		t.Errorf("at the beginning of all %v", got)
	}
}

func TestTheFirstUnreadIsLoadedAndShown(t *testing.T) {
	x := begin(t, 40, 11)
	x.Model = x.MarkNew(150)
	x.history(page(901, 1000, true))
	heard[thread.WantHistory](x)
	x.do(keymap.FirstUnread)
	for from := int64(801); ; from -= 100 {
		got := heard[thread.WantHistory](x)
		if len(got) == 0 {
			break
		}
		if got[0].Before != from+100 {
			t.Fatalf("%v, not before %d", got, from+100)
		}
		x.history(page(from, from+99, true))
	}
	if lines := strings.Split(x.screen(), "\n"); !strings.HasPrefix(lines[0], "── new ──") || lines[2] != "  text 151" {
		t.Errorf("the screen is\n%s", x.screen())
	}
	x.Model = x.MarkNew(1000)
	x.do(keymap.FirstUnread)
	if got := heard[thread.Note](x); len(got) != 1 {
		t.Errorf("with nothing new %v", got)
	}
}

func TestResizingLosesNoPlace(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 200, true))
	x.do(keymap.PageUp, keymap.PageUp)
	top := strings.Split(x.screen(), "\n")[0]
	for _, size := range [][2]int{{400, 100}, {5, 2}, {1, 1}, {40, 11}, {80, 30}} {
		x.Model = x.SetSize(size[0], size[1])
	}
	x.has(top)
	x.do(keymap.Present)
	for _, size := range [][2]int{{1, 1}, {40, 11}} {
		x.Model = x.SetSize(size[0], size[1])
	}
	x.has("text 200")
}

func TestSeenIsWhatWasOnTheScreen(t *testing.T) {
	x := begin(t, 40, 11)
	x.history(page(101, 200, true))
	x.arrive(entry(201, bob, api.EntryEdit, api.EditBody{Target: 150, Text: "x"}))
	if got := x.Seen(); got != 201 {
		t.Errorf("at the present %d", got)
	}
	x.do(keymap.PageUp)
	if got := x.Seen(); got != 192 {
		t.Errorf("a page up %d:\n%s", got, x.screen())
	}
}

// mentioning is a page on which every tenth message mentions ada.
func mentioning(from, to int64) api.Page {
	p := page(from, to, from > 1)
	for i, e := range p.Entries {
		if e.Seq%10 == 0 {
			p.Entries[i] = entry(e.Seq, bob, api.EntryMessage, api.MessageBody{Text: fmt.Sprint("@ada text ", e.Seq), Mentions: []api.MemberID{ada}})
		}
	}
	return p
}

func TestTheOldestUnreadMentionIsLoadedAndShownAndOnlyThatIsSeen(t *testing.T) {
	x := begin(t, 40, 11)
	x.Model = x.SetHead(api.Head{Conversation: ops, Kind: api.Group, Me: ada, LastSeq: 1000, ReadSeq: 205, Mentions: 80}).MarkNew(205)
	heard[thread.WantHistory](x)
	x.mention(205)
	x.history(mentioning(901, 1000))
	for from := int64(801); ; from -= 100 {
		if got := heard[thread.WantHistory](x); len(got) == 0 {
			break
		}
		if x.Seen() != 0 || x.AtPresent() {
			t.Fatalf("before %d is loaded all to %d is read", from, x.Seen())
		}
		x.history(mentioning(from, from+99))
	}
	x.has("@ada text 210")
	x.lacks("text 200", "text 220")
	if seen := x.Seen(); seen < 210 || seen > 219 || x.AtPresent() {
		t.Errorf("all to %d is read", seen)
	}
	x.mention(x.Seen())
	x.has("@ada text 220")
	x.arrive(message(1001, bob, "now"))
	x.has("↓ 1 new below")
	x.do(keymap.Present)
	x.has("now")
	if !x.AtPresent() || x.Mentioned(x.Seen()) {
		t.Error("something is unread at the present")
	}
}

func TestAMentionThatIsDeletedLeadsToWhatIsUnread(t *testing.T) {
	x := begin(t, 40, 11)
	x.Model = x.SetHead(api.Head{Conversation: ops, Kind: api.Group, Me: ada, LastSeq: 100, ReadSeq: 50, Mentions: 1}).MarkNew(50)
	x.mention(50)
	x.history(page(1, 100, false))
	x.has("── new ──", "text 51")
	x.lacks("text 100")
}

func TestForAMentionSomeHistoryIsLoadedAndNotAllOfIt(t *testing.T) {
	x := begin(t, 40, 11)
	x.Model = x.SetHead(api.Head{Conversation: ops, Kind: api.Group, Me: ada, LastSeq: 50_000, Mentions: 1})
	heard[thread.WantHistory](x)
	x.mention(0)
	last, pages := int64(50_000), 0
	for ; pages == 0 || len(heard[thread.WantHistory](x)) > 0 && x.Seen() == 0; pages++ {
		x.history(page(last-99, last, true))
		last -= 100
	}
	if x.Seen() == 0 || pages < 10 || pages > 100 {
		t.Errorf("%d pages, and %d is seen", pages, x.Seen())
	}
}

func (x *talk) mention(after int64) {
	m, cmd := x.ShowMention(after)
	x.Model = m
	x.run(cmd)
}

package feed

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/tui/unsent"
)

// Read tells the server that what is on the screen is read.
func (f *Feed) Read() {
	v := f.Thread()
	if v == nil {
		return
	}
	if v.Thread.AtPresent() {
		v.Away = false
	}
	if seen := v.Thread.Seen(); seen > f.readTo() {
		v.Marked = seen
		f.link.Mark(f.Open.Head.Conversation, seen)
	}
}

// readTo is the seq up to which the open conversation is read, told to the
// server or by it.
func (f *Feed) readTo() int64 { return max(f.Thread().Marked, f.Open.Head.ReadSeq) }

// Mentioned reports whether something unread in the open conversation mentions the reader.
func (f *Feed) Mentioned() bool {
	v := f.Thread()
	return v != nil && f.Open.Head.Mentions > 0 && v.Thread.Mentioned(f.readTo())
}

// ShowMention brings the oldest of that on the screen.
func (f *Feed) ShowMention() (cmd tea.Cmd) {
	if v := f.Thread(); v != nil {
		v.Thread, cmd = v.Thread.ShowMention(f.readTo())
	}
	return cmd
}

// Pending tells rooms and the thread on the screen what waits and what failed,
// and returns how many there are of each.
func (f *Feed) Pending(delays *unsent.Delays) (waiting, failed int) {
	open, failures := f.link.Outbox(), f.link.Failures()
	f.Rooms.Settle()
	var here []outbox.Item
	for _, it := range open {
		if f.Open != nil && it.Action.Type == api.SendMessage && f.Rooms.To(it.Action) == f.Open {
			here = append(here, it)
		}
	}
	list := delays.Pending(here, f.connected)
	for _, it := range failures {
		room := f.Rooms.To(it.Action)
		if room == nil {
			continue
		}
		room.Failed++
		if room == f.Open {
			list = append(list, unsent.Failed(it))
		}
	}
	if v := f.Thread(); v != nil {
		v.Thread = v.Thread.SetPending(list)
	}
	return len(open), len(failures)
}

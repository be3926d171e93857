package render

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

// Pending is an own message that has no place in the conversation yet.
type Pending struct {
	ID      api.ActionID
	Text    string
	ReplyTo int64
	Stage   Stage
	Why     string // Failed, Waiting: the reason, in people's words
}

// Stage is how far a pending message is.
type Stage int

// The stages.
const (
	Sending  Stage = iota // on its way
	Accepted              // on the server's log (promise A1)
	Waiting               // for the connection or the server; it is sent by itself
	Failed                // and not tried again by itself
)

// Pending draws such a message; of as only Author and Chosen matter.
func (p Pen) Pending(it Pending, root *journal.Item, as As) []string {
	_, me := p.People.Reader()
	var lines []string
	if as.Author {
		lines = append(lines, p.author("@"+me, ""))
	}
	margin := p.margin(as.Chosen)
	if it.ReplyTo != 0 {
		lines = append(lines, margin+p.Theme.Dim.Render(text.Clip(p.heading(root), p.room())))
	}
	say := func(s string, style lipgloss.Style) {
		for _, l := range p.reason(s) {
			lines = append(lines, margin+style.Render(l))
		}
	}
	for _, l := range p.said(it.Text, "@"+me, "") {
		lines = append(lines, margin+l)
	}
	switch it.Stage {
	case Sending, Accepted:
		last := len(lines) - 1
		lines[last] = right(lines[last], p.Theme.Busy.Render("…"), p.Width)
	case Waiting:
		say("not sent yet"+because(it.Why), p.Theme.Busy)
	case Failed:
		say("not sent"+because(it.Why), p.Theme.Bad)
	}
	return p.fit(lines)
}

// reason is why a message is not sent, in a few lines.
func (p Pen) reason(s string) []string {
	const most = 3
	lines := strings.Split(ansi.Wrap(text.Show(s), p.room(), " "), "\n")
	if len(lines) > most {
		lines = append(lines[:most-1], text.Clip(strings.Join(lines[most-1:], " "), p.room()))
	}
	return lines
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// Package status is the bar at the bottom of the screen: how the program stands
// with its server, what waits to be sent, who speaks, and the last thing that
// was worth a word.
//
// It is a view of what it is given. It does no I/O and asks no clock.
package status

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/widget"
)

// Bar is what the bar tells.
type Bar struct {
	Link    Link
	Missing int           // CatchingUp: in how many conversations
	Lag     time.Duration // Live: of the last round trip; 0: not known
	Retry   time.Time     // Offline: when the next try begins
	Why     string        // Offline, Ended: the reason, in people's words
	Again   string        // Ended: the key that goes on, "" for none
	Outbox  int           // what is not sent yet
	Failed  int           // what was not sent, and waits for a decision
	Unread  int64         // over all conversations
	Mention int64
	Who     string // @ada
	Where   string // the server
	Note    string // the last thing worth a word; a stranger's text may be in it
	Alarm   bool   // Note is about something that went wrong
	noted   noted
}

// Styles is how the bar looks.
type Styles struct {
	Plain, Good, Busy, Bad, Note lipgloss.Style
}

// StylesOf are those of a theme.
func StylesOf(t *widget.Theme) Styles {
	return Styles{
		Plain: t.Bar, Good: t.Good.Inherit(t.Bar), Busy: t.Busy.Inherit(t.Bar), Bad: t.Bad.Inherit(t.Bar), Note: t.Accent.Inherit(t.Bar),
	}
}

// View is the bar in exactly width cells. What matters most stands first, and
// what has no room is left out from the end on. A note is in it whole or not at
// all: Above has it then.
func (b Bar) View(width int, now time.Time, st Styles) string {
	left := b.state(now, st)
	if note := b.note(st); b.Note != "" && b.fits(width, now) {
		left = append(left, note)
	}
	var right []part
	if b.Mention > 0 {
		right = append(right, part{fmt.Sprintf("@%d", b.Mention), st.Note})
	}
	if b.Unread > 0 {
		right = append(right, part{fmt.Sprintf("%d unread", b.Unread), st.Plain})
	}
	if b.Who != "" {
		right = append(right, part{text.Show(b.Who), st.Plain})
	}
	if b.Where != "" {
		right = append(right, part{text.Show(b.Where), st.Plain})
	}
	return lay(left, right, width, st.Plain)
}

// Above is a note for which the bar has no room, in lines of exactly width cells
// to stand above it, at most so many. The last of them loses its end where even
// these are too few.
func (b Bar) Above(width, most int, now time.Time, st Styles) []string {
	if b.Note == "" || most < 1 || width < 1 || b.fits(width, now) {
		return nil
	}
	note := b.note(st)
	rows := strings.Split(ansi.Wrap(note.text, width, " "), "\n")
	if len(rows) > most {
		rows[most-1] = text.Clip(strings.Join(rows[most-1:], " "), width)
		rows = rows[:most]
	}
	for i, row := range rows {
		rows[i] = lay([]part{{row, note.style}}, nil, width, st.Plain)
	}
	return rows
}

type part struct {
	text  string
	style lipgloss.Style
}

// note is the note as it is shown.
func (b Bar) note(st Styles) part {
	style := st.Note
	if b.Alarm {
		style = st.Bad
	}
	return part{text.Show(b.Note), style}
}

// fits reports whether the bar has room for its note.
func (b Bar) fits(width int, now time.Time) bool {
	used := ansi.StringWidth(text.Show(b.Note))
	for _, p := range b.state(now, Styles{}) {
		used += ansi.StringWidth(p.text) + len(between)
	}
	return used <= width
}

// state is how the program stands with its server, and what it has not sent.
func (b Bar) state(now time.Time, st Styles) []part {
	state := []part{b.link(now, st)}
	if b.Failed > 0 {
		state = append(state, part{fmt.Sprintf("%d not sent", b.Failed), st.Bad})
	}
	if b.Outbox > 0 {
		state = append(state, part{fmt.Sprintf("outbox %d", b.Outbox), st.Busy})
	}
	return state
}

// link is the first part: a sign, and the words.
func (b Bar) link(now time.Time, st Styles) part {
	switch b.Link {
	case Live:
		if b.Lag > 0 {
			return part{"● connected " + millis(b.Lag), st.Good}
		}
		return part{"● connected", st.Good}
	case CatchingUp:
		return part{fmt.Sprintf("◐ catching up %d", b.Missing), st.Busy}
	case Offline:
		s := "○ offline"
		if wait := b.Retry.Sub(now); wait > 0 {
			s += fmt.Sprintf(": retry in %.0f s", math.Ceil(wait.Seconds()))
		}
		return part{because(s, b.Why), st.Bad}
	case Ended:
		s := "○ disconnected"
		if b.Again != "" {
			s += ": " + b.Again + " goes on"
		}
		return part{because(s, b.Why), st.Bad}
	}
	return part{"○ connecting", st.Busy}
}

func because(s, why string) string {
	if why == "" {
		return s
	}
	return s + " (" + text.Show(why) + ")"
}

func millis(d time.Duration) string {
	if d < time.Millisecond {
		return "<1 ms"
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// between stands between two parts.
const between = "  "

// lay puts the parts on a line: those on the left from the first on, clipping
// the last that fits in part, then as many of the right as there is room for.
func lay(left, right []part, width int, plain lipgloss.Style) string {
	var line strings.Builder
	used := 0
	put := func(p part, clip bool) bool {
		gap := ""
		if used > 0 {
			gap = between
		}
		room := width - used - len(gap)
		w := ansi.StringWidth(p.text)
		if w > room && (!clip || room < 8 && used > 0) {
			return false
		}
		if w > room {
			p.text = text.Clip(p.text, room)
			w = ansi.StringWidth(p.text)
		}
		line.WriteString(plain.Render(gap) + p.style.Render(p.text))
		used += len(gap) + w
		return true
	}
	for _, p := range left {
		if !put(p, true) {
			break
		}
	}
	end, endWidth := "", 0
	for _, p := range right {
		w := ansi.StringWidth(p.text) + len(between)
		if used+endWidth+w > width {
			break
		}
		end, endWidth = end+plain.Render(between)+p.style.Render(p.text), endWidth+w
	}
	if pad := width - used - endWidth; pad > 0 {
		line.WriteString(plain.Render(strings.Repeat(" ", pad)))
	}
	// Combining characters at the start of a part join the blank before it, and
	// prepended ones at its end that behind it.
	whole := ansi.Truncate(line.String()+end, max(width, 0), "")
	for w := ansi.StringWidth(whole); w < width; w = ansi.StringWidth(whole) {
		whole += plain.Render(strings.Repeat(" ", width-w))
	}
	return whole
}

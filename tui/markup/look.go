package markup

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// look is what is special about a span, as a set.
type look uint16

const (
	bold look = 1 << iota
	italic
	strike
	dim
	code
	link
	quote
	person // a mention
	reader // a mention of the reader
	found
	keyword
	name
	literal // a string
	number
	comment
	actor // of the text that is drawn: another one in each
)

// span is a piece of text that looks alike.
type span struct {
	text string
	look look
	url  string // where it leads, or ""
}

// begin is the escape that begins a look, "" for plain text. It is not
// lipgloss's Render, which takes an underlined text apart, clusters too.
func (r *Renderer) begin(l look) string {
	if s, ok := r.sgr[l]; ok && l&actor == 0 {
		return s
	}
	s, _, _ := strings.Cut(r.style(l).Render("x"), "x")
	r.sgr[l] = s
	return s
}

// style puts a look together: what comes later stands out more.
func (r *Renderer) style(l look) lipgloss.Style {
	th := r.theme
	s := th.Text
	for _, layer := range []struct {
		look  look
		style lipgloss.Style
	}{
		{quote, th.Quote}, {code, th.Code}, {keyword, th.Syntax.Keyword}, {name, th.Syntax.Name}, {literal, th.Syntax.String},
		{number, th.Syntax.Number}, {comment, th.Syntax.Comment}, {link, th.Link}, {person, th.Strong}, {reader, th.Mention}, {actor, r.actor},
		{bold, th.Text.Bold(true)}, {italic, th.Text.Italic(true)}, {strike, th.Text.Strikethrough(true)}, {dim, th.Dim}, {found, th.Match},
	} {
		if l&layer.look != 0 {
			s = layer.style.Inherit(s)
		}
	}
	return s
}

package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatctl/chatctl/server/api/text"
)

// inline reads emphasis, code, links and mentions of a paragraph.
func inline(s, me string) []span {
	p := inliner{s: s, me: me, links: true}
	p.run()
	return p.spans
}

// inliner reads s from left to right. Emphasis is settled when its end is found.
type inliner struct {
	s     string
	me    string
	links bool // whether a link may begin here: not inside another
	spans []span
	open  []delimiter
	plain int // where the text begins that no span has yet
}

// delimiter is a run of * _ or ~ that may begin an emphasis.
type delimiter struct {
	char   byte
	span   int // its own, with as many characters as are left
	length int
}

// farthest is how many open delimiters are looked through for a partner. It
// bounds the time that a text made for it can take.
const farthest = 32

func (p *inliner) run() {
	for i := 0; i < len(p.s); {
		n := 0
		switch p.s[i] {
		case '\\':
			n = p.escape(i)
		case '`':
			n = p.codeSpan(i)
		case '*', '_', '~':
			n = p.emphasis(i)
		case '[':
			n = p.labelled(i)
		case 'h', 'H':
			n = p.bare(i)
		case '@':
			n = p.mention(i)
		}
		if n == 0 {
			n = 1
		} else {
			p.plain = i + n
		}
		i += n
	}
	p.text(len(p.s))
}

// text makes a span of what lies before at.
func (p *inliner) text(at int) {
	if at > p.plain {
		p.spans = append(p.spans, span{text: p.s[p.plain:at]})
	}
	p.plain = at
}

// escape takes the meaning from a character. Others keep their backslash: it
// belongs to paths and shrugs.
func (p *inliner) escape(i int) int {
	if i+1 == len(p.s) || !strings.ContainsRune("\\`*_~[]", rune(p.s[i+1])) {
		return 0
	}
	p.text(i)
	p.spans = append(p.spans, span{text: p.s[i+1 : i+2]})
	return 2
}

func (p *inliner) codeSpan(i int) int {
	n := 1
	for i+n < len(p.s) && p.s[i+n] == '`' {
		n++
	}
	ticks := p.s[i : i+n]
	for at := i + n; ; {
		j := strings.Index(p.s[at:], ticks)
		if j < 0 { // no end: the ticks are text
			p.text(i + n)
			return n
		}
		end := at + j
		for at = end + n; at < len(p.s) && p.s[at] == '`'; at++ {
		}
		if at > end+n { // a longer run
			continue
		}
		body := p.s[i+n : end]
		if len(body) > 2 && body[0] == ' ' && body[len(body)-1] == ' ' { // CommonMark 6.1
			body = body[1 : len(body)-1]
		}
		p.text(i)
		p.spans = append(p.spans, span{text: body, look: code})
		return end + n - i
	}
}

// emphasis reads a run of delimiters, ends with it what can be ended, and keeps
// the rest as a possible beginning (CommonMark 6.2, without its rule of three).
func (p *inliner) emphasis(i int) int {
	c, n := p.s[i], 1
	for i+n < len(p.s) && p.s[i+n] == c {
		n++
	}
	opens, closes := flanks(p.s, i, i+n)
	p.text(i)
	left := n
	if closes {
		left = p.close(c, n)
	}
	if left > 0 {
		p.spans = append(p.spans, span{text: p.s[i : i+left]})
		if opens {
			p.open = append(p.open, delimiter{c, len(p.spans) - 1, left})
		}
	}
	return n
}

// close ends emphasis with a run of n characters and returns how many are left.
func (p *inliner) close(c byte, n int) int {
	for at := len(p.open) - 1; at >= max(0, len(p.open)-farthest) && n > 0; at-- {
		d := &p.open[at]
		if d.char != c || c == '~' && min(d.length, n) < 2 {
			continue
		}
		use := min(d.length, n, 2)
		l := italic
		switch {
		case c == '~':
			l = strike
		case use == 2:
			l = bold
		}
		for k := d.span + 1; k < len(p.spans); k++ {
			p.spans[k].look |= l
		}
		n, d.length = n-use, d.length-use
		p.spans[d.span].text = p.spans[d.span].text[:d.length]
		p.open = p.open[:at+1] // what began inside and did not end is text
		if d.length == 0 {
			p.open = p.open[:at]
		} else {
			at++ // once more with the same
		}
	}
	return n
}

// flanks tells whether the run s[i:j] may begin or end an emphasis (CommonMark 6.2).
func flanks(s string, i, j int) (opens, closes bool) {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[j:])
	blank := func(r rune, edge bool) bool { return edge || unicode.IsSpace(r) }
	punct := func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
	b, a := blank(before, i == 0), blank(after, j == len(s))
	opens = !a && (!punct(after) || b || punct(before))
	closes = !b && (!punct(before) || a || punct(after))
	if s[i] == '_' { // not inside a word
		opens, closes = opens && (!closes || punct(before)), closes && (!opens || punct(after))
	}
	return opens, closes
}

func (p *inliner) mention(i int) int {
	handle, ok := text.MentionAt(p.s, i)
	if !ok {
		return 0
	}
	p.text(i)
	l := person
	if handle == p.me {
		l = reader
	}
	p.spans = append(p.spans, span{text: "@" + handle, look: l})
	return 1 + len(handle)
}

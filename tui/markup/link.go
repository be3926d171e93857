package markup

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	longestLabel = 512
	longestURL   = 2048 // what terminals take (OSC 8, "Length limits")
)

// labelled reads [label](address). Behind the label stands the address, so that
// nobody is led elsewhere than the label says, and terminals without links have it.
func (p *inliner) labelled(i int) int {
	if !p.links {
		return 0
	}
	window := p.s[i:min(len(p.s), i+longestLabel)]
	mid := strings.Index(window, "](")
	if mid < 2 || strings.ContainsAny(window[1:mid], "[\n") {
		return 0
	}
	rest := p.s[i+mid+2:]
	end, depth := 0, 0
	for ; end < len(rest) && end <= longestURL && rest[end] > ' '; end++ {
		if rest[end] == '(' {
			depth++
		} else if rest[end] == ')' {
			if depth == 0 {
				break
			}
			depth--
		}
	}
	if end == len(rest) || rest[end] != ')' {
		return 0
	}
	url, ok := address(rest[:end])
	if !ok {
		return 0
	}
	p.text(i)
	label := inliner{s: window[1:mid], me: p.me}
	label.run()
	for _, sp := range label.spans {
		sp.look, sp.url = sp.look|link, url
		p.spans = append(p.spans, sp)
	}
	if window[1:mid] != rest[:end] {
		p.spans = append(p.spans, span{text: " (" + rest[:end] + ")", look: dim, url: url})
	}
	return mid + 2 + end + 1
}

// bare reads an address that stands in the text as it is.
func (p *inliner) bare(i int) int {
	if !p.links || !schemed(p.s[i:]) {
		return 0
	}
	if r, n := utf8.DecodeLastRuneInString(p.s[:i]); n > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		return 0
	}
	end := i
	for end < len(p.s) && end-i < longestURL {
		r, n := utf8.DecodeRuneInString(p.s[end:])
		if !inAddress(r) {
			break
		}
		end += n
	}
	raw := trimAddress(p.s[i:end])
	url, ok := address(raw)
	if !ok {
		return 0
	}
	p.text(i)
	p.spans = append(p.spans, span{text: raw, look: link, url: url})
	return len(raw)
}

func schemed(s string) bool {
	return hasPrefixFold(s, "https://") || hasPrefixFold(s, "http://")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// trimAddress leaves out what belongs to the sentence around an address.
func trimAddress(s string) string {
	for {
		t := strings.TrimRight(s, ".,:;!?'*_~")
		for _, pair := range []string{"()", "[]", "{}"} {
			if strings.HasSuffix(t, pair[1:]) && strings.Count(t, pair[1:]) > strings.Count(t, pair[:1]) {
				t = t[:len(t)-1]
			}
		}
		if t == s {
			return s
		}
		s = t
	}
}

// inAddress reports the characters of an IRI (RFC 3987, 2.2), roughly: nothing
// that is invisible, turns the writing or ends the escape around it.
func inAddress(r rune) bool {
	if r < 0x80 {
		return r > ' ' && r < 0x7f && !strings.ContainsRune("<>\"`\\^{|}", r)
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || unicode.IsPunct(r) || unicode.IsSymbol(r))
}

// address is s as ASCII (RFC 3987, 3.1), if it may be opened.
func address(s string) (string, bool) {
	var rest string
	switch {
	case hasPrefixFold(s, "https://"):
		rest = s[8:]
	case hasPrefixFold(s, "http://"):
		rest = s[7:]
	case hasPrefixFold(s, "mailto:"):
		rest = s[7:]
	default:
		return "", false
	}
	if r, _ := utf8.DecodeRuneInString(rest); !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '[' {
		return "", false
	}
	var b strings.Builder
	for _, r := range s {
		if !inAddress(r) {
			return "", false
		}
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, c := range []byte(string(r)) {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String(), b.Len() <= longestURL
}

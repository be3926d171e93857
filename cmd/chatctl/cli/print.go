package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What --output takes.
const (
	formatText = "text"
	formatWide = "wide" // a table with all its columns
	formatJSON = "json"
	formatCSV  = "csv"  // of a table
	formatName = "name" // of a table: what names each row, one a line
)

// Formats are what --output takes.
func Formats() []string { return []string{formatText, formatWide, formatJSON, formatCSV, formatName} }

// Printer writes what a command found: a table or lines for people, or one JSON
// object a line for scripts. What a pipe changes is colour alone. Strangers'
// text reaches the stream only through text.Show, and in JSON with its control
// characters escaped, so that neither can drive a terminal.
type Printer struct {
	w       io.Writer
	format  string
	color   bool
	columns []string // of tables; empty: the usual ones
	sort    string   // a column, after a - downwards; empty: as they come
}

// NewPrinter writes to e's stdout in format: text, wide, json, csv or name;
// anything else is a usage error. What is no list is text in all of them but json.
func NewPrinter(e Env, format string) (*Printer, error) {
	if !slices.Contains(Formats(), format) {
		return nil, Misused("it is "+Or(Formats()), "--output %q is not known", format)
	}
	return &Printer{w: e.Stdout, format: format, color: Terminal(e.Stdout) && e.Getenv("NO_COLOR") == ""}, nil
}

// OfLists reports whether the format is one of lists alone.
func (p *Printer) OfLists() bool { return p.format != formatText && p.format != formatJSON }

// Choose has tables show these columns, and in the order of one. A table that
// has no such column ends with a usage error.
func (p *Printer) Choose(columns []string, sort string) error {
	if len(columns) > 0 && (p.format == formatJSON || p.format == formatName) {
		return Misused("it chooses from --output text, wide or csv", "--columns and --output %s do not go together", p.format)
	}
	p.columns, p.sort = columns, sort
	return nil
}

// One writes v as a JSON line, or line for people. Line breaks in line are
// kept, with what follows indented: no text can pose as another line.
func (p *Printer) One(v any, line string) error {
	if p.format == formatJSON {
		return p.object(v)
	}
	var b strings.Builder
	for i, part := range strings.Split(line, "\n") {
		if i > 0 {
			b.WriteString("    ")
		}
		b.WriteString(text.Show(part))
		b.WriteByte('\n')
	}
	return p.write(b.String())
}

// Body writes what a route answered: JSON as one line whatever the format,
// anything else line by line.
func (p *Printer) Body(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if v := jsontext.Value(b); v.IsValid() {
		if err := v.Compact(); err != nil {
			return err
		}
		return p.write(string(inert(v)) + "\n")
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	for i, line := range lines {
		lines[i] = text.Show(line)
	}
	return p.write(strings.Join(lines, "\n") + "\n")
}

func (p *Printer) object(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return p.write(string(inert(b)) + "\n")
}

func (p *Printer) write(s string) error {
	if _, err := io.WriteString(p.w, s); err != nil {
		return &Error{Status: Refused, What: "writing the output", Err: err}
	}
	return nil
}

// Inert writes JSON of any length through, with what could drive a terminal
// escaped. It belongs to one goroutine; every Write takes all it is given.
func Inert(w io.Writer) io.Writer { return &inertWriter{w: w} }

type inertWriter struct {
	w    io.Writer
	rest []byte // the beginning of a character whose end is still to come
}

func (i *inertWriter) Write(b []byte) (int, error) {
	all := append(i.rest, b...)
	whole := len(all)
	for k := 1; k < utf8.UTFMax && k <= len(all); k++ {
		if start := len(all) - k; utf8.RuneStart(all[start]) {
			if !utf8.FullRune(all[start:]) {
				whole = start
			}
			break
		}
	}
	_, err := i.w.Write(inert(all[:whole]))
	i.rest = append([]byte(nil), all[whole:]...)
	return len(b), err
}

// inert escapes, in valid JSON, every character that could drive a terminal or
// reorder what it shows. They can only stand inside strings there (RFC 8259, 7),
// so the value stays the same.
func inert(b []byte) []byte {
	if strings.IndexFunc(string(b), drives) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+32)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case !drives(r):
			out = append(out, b[:n]...)
		case r > 0xffff: // RFC 8259, 7: a surrogate pair
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}

// drives reports C1 controls, line separators, bidi controls and tag characters; C0 is escaped in any JSON.
func drives(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e ||
		r >= 0x2066 && r <= 0x2069 || r >= 0xe0000 && r <= 0xe007f
}

package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli/inert"
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

// Done is One for what came of a change. Where that cannot be written, the error
// says that it was done all the same.
func (p *Printer) Done(v any, line string) error {
	if err := p.One(v, line); err != nil {
		return &Error{Status: Unknown, What: line + ", but that could not be printed", Err: err, Do: "it was done: look before you run it again"}
	}
	return nil
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
		return p.write(string(inert.JSON(v)) + "\n")
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
	return p.write(string(inert.JSON(b)) + "\n")
}

func (p *Printer) write(s string) error {
	if _, err := io.WriteString(p.w, s); err != nil {
		return &Error{Status: Refused, What: "writing the output", Err: err}
	}
	return nil
}

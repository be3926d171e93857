package cli

import (
	"strings"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/rivo/uniseg"
)

// Table writes each row as a JSON line, or all under columns for people. cells
// gives a row's cells.
func Table[R any](p *Printer, columns []string, rows []R, cells func(R) []string) error {
	t := NewRows(p, columns, cells)
	if err := t.Add(rows); err != nil {
		return err
	}
	return t.End()
}

// Rows is a table that comes in parts, so that a long list is seen from its
// first part on and never held whole. Columns are as wide as what came so far.
type Rows[R any] struct {
	p       *Printer
	columns []string
	cells   func(R) []string
	widths  []int
	begun   bool
}

// NewRows begins a table; nothing is written before Add or End.
func NewRows[R any](p *Printer, columns []string, cells func(R) []string) *Rows[R] {
	return &Rows[R]{p: p, columns: columns, cells: cells, widths: make([]int, len(columns))}
}

// Add writes some rows.
func (t *Rows[R]) Add(rows []R) error {
	if t.p.json {
		for _, r := range rows {
			if err := t.p.object(r); err != nil {
				return err
			}
		}
		return nil
	}
	if len(rows) == 0 {
		return nil
	}
	lines := make([][]string, 0, len(rows))
	for _, r := range rows {
		shown := t.cells(r)
		for i, c := range shown {
			shown[i] = strings.ReplaceAll(text.Show(c), "\n", " ")
		}
		lines = append(lines, shown)
	}
	return t.print(lines)
}

// End writes the columns' names where no row did.
func (t *Rows[R]) End() error {
	if t.p.json || t.begun {
		return nil
	}
	return t.print(nil)
}

func (t *Rows[R]) print(lines [][]string) error {
	for i, c := range t.columns {
		t.widths[i] = max(t.widths[i], uniseg.StringWidth(c))
	}
	for _, line := range lines {
		for i, c := range line {
			t.widths[i] = max(t.widths[i], uniseg.StringWidth(c))
		}
	}
	var b strings.Builder
	if !t.begun {
		t.begun = true
		head := t.line(t.columns)
		if t.p.color {
			head = "\x1b[1m" + head + "\x1b[0m"
		}
		b.WriteString(head + "\n")
	}
	for _, line := range lines {
		b.WriteString(t.line(line) + "\n")
	}
	return t.p.write(b.String())
}

func (t *Rows[R]) line(cells []string) string {
	var row strings.Builder
	for i, c := range cells {
		row.WriteString(c)
		row.WriteString(strings.Repeat(" ", t.widths[i]-uniseg.StringWidth(c)+2))
	}
	return strings.TrimRight(row.String(), " ")
}

package cli

import (
	"encoding/csv"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli/order"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/client"
	"github.com/rivo/uniseg"
)

// Table writes each row as --output says; cells gives a row's cells, one for
// each column. A column whose name begins with + is shown with --output wide,
// in CSV, and where --columns asks for it; one that begins with = (or +=) is what
// --output name prints, else the first is.
func Table[R any](p *Printer, columns []string, rows []R, cells func(R) []string) error {
	t := NewRows(p, columns, cells)
	if err := t.Add(rows); err != nil {
		return err
	}
	return t.End()
}

// Rows is a table that comes in parts, so that a long list is seen from its
// first part on and, unless it is sorted, never held whole. Columns are as wide
// as what came so far.
type Rows[R any] struct {
	p       *Printer
	columns []string
	shown   []int // which columns, in order
	cells   func(R) []string
	by      int // the column to sort by; -1: as they come
	down    bool
	err     error
	kept    []sorted[R]
	widths  []int
	begun   bool
}

// sorted is a row that waits for the others.
type sorted[R any] struct {
	row R
	key string
}

// NewRows begins a table; nothing is written before Add or End. What --columns
// or --sort ask for and the table does not have is their error.
func NewRows[R any](p *Printer, columns []string, cells func(R) []string) *Rows[R] {
	t := &Rows[R]{p: p, cells: cells, by: -1}
	naming := 0
	for i, c := range columns {
		name := strings.TrimLeft(c, "+=")
		marks := strings.TrimSuffix(c, name)
		if strings.Contains(marks, "=") {
			naming = i
		}
		t.columns = append(t.columns, name)
		if !strings.Contains(marks, "+") || p.format == formatWide || p.format == formatCSV {
			t.shown = append(t.shown, i)
		}
	}
	switch {
	case p.format == formatName:
		t.shown = []int{naming}
	case len(p.columns) > 0:
		t.shown, t.err = nil, nil
		for _, name := range p.columns {
			t.shown = append(t.shown, t.column("--columns", name))
		}
	}
	if p.sort != "" {
		t.by, t.down = t.column("--sort", strings.TrimPrefix(p.sort, "-")), strings.HasPrefix(p.sort, "-")
	}
	t.widths = make([]int, len(t.shown))
	return t
}

// column finds a column by name, or keeps the error.
func (t *Rows[R]) column(flag, name string) int {
	i := slices.IndexFunc(t.columns, func(c string) bool { return strings.EqualFold(c, strings.ReplaceAll(name, "_", " ")) })
	if i < 0 && t.err == nil {
		t.err = Misused("it has "+strings.Join(t.columns, ", "), "%s: there is no column %q", flag, name)
	}
	return max(i, 0)
}

// Add writes some rows, or keeps them until End where they are sorted.
func (t *Rows[R]) Add(rows []R) error {
	if t.err != nil {
		return t.err
	}
	if t.by < 0 {
		return t.write(rows)
	}
	for _, r := range rows {
		t.kept = append(t.kept, sorted[R]{r, t.cells(r)[t.by]})
	}
	return nil
}

// Pages writes a list that is read in parts: read gets the last row of the part
// before, at first a zero one (again: client.ErrForeign), and returns none at the end.
func (t *Rows[R]) Pages(read func(last R) ([]R, error)) error {
	var last R
	for {
		page, err := read(last)
		switch {
		case err != nil:
			return err
		case len(page) == 0:
			return t.End()
		case reflect.DeepEqual(page[len(page)-1], last): // it would never end
			return fmt.Errorf("%w: a list goes on with what it had", client.ErrForeign)
		}
		if err := t.Add(page); err != nil {
			return err
		}
		last = page[len(page)-1]
	}
}

// End writes what was kept, and the columns' names where no row did.
func (t *Rows[R]) End() error {
	if t.err != nil {
		return t.err
	}
	slices.SortStableFunc(t.kept, func(a, b sorted[R]) int {
		if t.down {
			a, b = b, a
		}
		return order.Cells(a.key, b.key)
	})
	rows := make([]R, 0, len(t.kept))
	for _, k := range t.kept {
		rows = append(rows, k.row)
	}
	if err := t.write(rows); err != nil {
		return err
	}
	if t.begun || t.p.format == formatJSON || t.p.format == formatName {
		return nil
	}
	return t.print(nil)
}

func (t *Rows[R]) write(rows []R) error {
	if t.p.format == formatJSON {
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
		all, line := t.cells(r), make([]string, 0, len(t.shown))
		for _, i := range t.shown {
			line = append(line, strings.ReplaceAll(text.Show(all[i]), "\n", " "))
		}
		lines = append(lines, line)
	}
	return t.print(lines)
}

func (t *Rows[R]) print(lines [][]string) error {
	names := make([]string, 0, len(t.shown))
	for _, i := range t.shown {
		names = append(names, t.columns[i])
	}
	first := !t.begun
	t.begun = true
	switch t.p.format {
	case formatName:
		return t.p.write(strings.Join(slices.Concat(lines...), "\n") + "\n")
	case formatCSV:
		if first {
			lines = append([][]string{names}, lines...)
		}
		return t.csv(lines)
	}
	for _, line := range append([][]string{names}, lines...) {
		for i, c := range line {
			t.widths[i] = max(t.widths[i], uniseg.StringWidth(c))
		}
	}
	var b strings.Builder
	if first {
		head := t.line(names)
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

// csv writes lines as RFC 4180 has them, but for the line ends, which are Unix's.
func (t *Rows[R]) csv(lines [][]string) error {
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(lines); err != nil {
		return err
	}
	return t.p.write(b.String())
}

func (t *Rows[R]) line(cells []string) string {
	var row strings.Builder
	for i, c := range cells {
		row.WriteString(c + strings.Repeat(" ", t.widths[i]-uniseg.StringWidth(c)+2))
	}
	return strings.TrimRight(row.String(), " ")
}

package cli_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
)

type weighed struct{ name, kg, seen string }

// list prints three rows in a format, with chosen columns and an order.
func list(t *testing.T, format string, columns []string, sort string) (string, error) {
	t.Helper()
	e := env(t, nil)
	p, err := cli.NewPrinter(e, format)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Choose(columns, sort); err != nil {
		return "", err
	}
	rows := []weighed{{"cat", "9", "x"}, {"ant, black", "10", "y"}, {"bee", "2", "z"}}
	err = cli.Table(p, []string{"KG", "=NAME", "+LAST SEEN"}, rows, func(w weighed) []string { return []string{w.kg, w.name, w.seen} })
	return e.Stdout.(*strings.Builder).String(), err
}

func TestAListIsPrintedInTheFormColumnsAndOrderAskedFor(t *testing.T) {
	for _, c := range []struct {
		format  string
		columns []string
		sort    string
		want    string
	}{
		{"text", nil, "", "KG  NAME\n9   cat\n10  ant, black\n2   bee\n"},
		{"wide", nil, "kg", "KG  NAME        LAST SEEN\n2   bee         z\n9   cat         x\n10  ant, black  y\n"},
		{"text", []string{"last_seen", "kg"}, "-name", "LAST SEEN  KG\nx          9\nz          2\ny          10\n"},
		{"csv", nil, "name", "KG,NAME,LAST SEEN\n10,\"ant, black\",y\n2,bee,z\n9,cat,x\n"},
		{"csv", []string{"name"}, "", "NAME\ncat\n\"ant, black\"\nbee\n"},
		{"name", nil, "-kg", "ant, black\ncat\nbee\n"},
	} {
		got, err := list(t, c.format, c.columns, c.sort)
		if err != nil || got != c.want {
			t.Errorf("%s %v %s: printed\n%s%v, want\n%s", c.format, c.columns, c.sort, got, err, c.want)
		}
	}
}

func TestAnOrderIsByValueAndOneWhateverStandsInTheColumn(t *testing.T) {
	for _, c := range []struct {
		sort string
		want []string
	}{
		{"silent", []string{"0s", "3s", "14s", "1m2s", "1h0m0s"}},
		{"-silent", []string{"1h0m0s", "1m2s", "14s", "3s", "0s"}},
		{"silent", []string{"2", "10", "9s", "1m0s", "", "1x", "NaN", "a"}},
	} {
		cells := slices.Clone(c.want)
		for range cells { // from wherever they begin
			cells = append(cells[1:], cells[0])
			e := env(t, nil)
			p, err := cli.NewPrinter(e, "csv")
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Choose(nil, c.sort); err != nil {
				t.Fatal(err)
			}
			err = cli.Table(p, []string{"SILENT"}, cells, func(s string) []string { return []string{s} })
			got := e.Stdout.(*strings.Builder).String()
			if want := "SILENT\n" + strings.Join(c.want, "\n") + "\n"; err != nil || got != want {
				t.Errorf("%s of %v: printed\n%s%v, want\n%s", c.sort, cells, got, err, want)
			}
		}
	}
}

func TestAColumnThatIsSeldomShownCanNameTheRows(t *testing.T) {
	for format, want := range map[string]string{"text": "KG\n9\n", "name": "cat\n"} {
		e := env(t, nil)
		p, err := cli.NewPrinter(e, format)
		if err != nil {
			t.Fatal(err)
		}
		err = cli.Table(p, []string{"KG", "+=NAME"}, []weighed{{name: "cat", kg: "9"}}, func(w weighed) []string { return []string{w.kg, w.name} })
		if got := e.Stdout.(*strings.Builder).String(); err != nil || got != want {
			t.Errorf("%s: printed\n%s%v, want\n%s", format, got, err, want)
		}
	}
}

func TestAColumnThatIsNotThereIsAUsageErrorAndNothingIsPrinted(t *testing.T) {
	for _, c := range []struct {
		format  string
		columns []string
		sort    string
	}{{"text", []string{"colour"}, ""}, {"json", nil, "colour"}, {"csv", nil, "-"}, {"json", []string{"kg"}, ""}, {"name", []string{"kg"}, ""}} {
		got, err := list(t, c.format, c.columns, c.sort)
		if cli.Status(err) != cli.Usage || got != "" {
			t.Errorf("%+v: %v, printed %q", c, err, got)
		}
	}
}

// parts reads four rows in parts of three from what heeds where to go on, or does not.
func parts(t *testing.T, heeds bool) (string, error) {
	t.Helper()
	e := env(t, nil)
	p, err := cli.NewPrinter(e, "name")
	if err != nil {
		t.Fatal(err)
	}
	all := []weighed{{name: "ant"}, {name: "bee"}, {name: "cat"}, {name: "dog"}}
	asked := 0
	err = cli.NewRows(p, []string{"NAME"}, func(w weighed) []string { return []string{w.name} }).Pages(func(last weighed) ([]weighed, error) {
		from := 0
		if heeds {
			from = slices.Index(all, last) + 1
		}
		if asked++; asked > 9 {
			return nil, nil // else it would never end
		}
		return all[from:min(from+3, len(all))], nil
	})
	return e.Stdout.(*strings.Builder).String(), err
}

func TestAListInPartsEndsAlsoWhereTheServerBeginsItAnew(t *testing.T) {
	if got, err := parts(t, true); err != nil || got != "ant\nbee\ncat\ndog\n" {
		t.Errorf("printed\n%s%v", got, err)
	}
	if got, err := parts(t, false); !errors.Is(err, client.ErrForeign) || got != "ant\nbee\ncat\n" {
		t.Errorf("printed\n%s%v", got, err)
	}
}

package load

import (
	"cmp"
	"context"
	"errors"
	"os"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/report"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// output is where a test is told of besides stdout.
type output struct {
	csv, html string
	quiet     bool
}

func (o *output) flags(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&o.csv, "csv", "", "write the figures of each second to this `FILE`")
	fl.StringVar(&o.html, "html", "", "write a page with curves and all figures to this `FILE`")
	fl.BoolVarP(&o.quiet, "quiet", "q", false, "show nothing while it runs")
}

// files are the files of an output, opened before the test: one that cannot be
// written is no surprise after an hour. What one held stays until there are
// figures, and one that was made for them goes when there are none.
type files struct{ csv, html *file }

type file struct {
	*os.File
	made bool // it was not there before, and nothing is in it
}

func (o output) open() (f files, err error) {
	f.csv, err = openFile(o.csv)
	if err == nil {
		f.html, err = openFile(o.html)
	}
	if err != nil {
		return f, errors.Join(&cli.Error{Status: cli.Refused, Err: err, Do: "name a FILE that you may write, in a directory that is there"}, f.close())
	}
	if f.same() {
		return f, errors.Join(cli.Misused("name a FILE for each", "--csv %s and --html %s are the same file", o.csv, o.html), f.close())
	}
	return f, nil
}

// same tells whether both are one file, whatever it is called: each would write
// over what the other wrote.
func (f files) same() bool {
	if f.csv == nil || f.html == nil {
		return false
	}
	one, err := f.csv.Stat()
	if err != nil {
		return false
	}
	other, err := f.html.Stat()
	return err == nil && os.SameFile(one, other)
}

func openFile(path string) (*file, error) {
	if path == "" {
		return nil, nil
	}
	made := true
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, os.ErrExist) {
		made = false
		f, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	if err != nil {
		return nil, err
	}
	return &file{f, made}, nil
}

func (f files) write(sum measure.Summary) error {
	for _, one := range f.all() {
		if err := one.empty(); err != nil {
			return err
		}
	}
	if f.csv != nil {
		if err := report.CSV(f.csv, sum.Series); err != nil {
			return err
		}
	}
	if f.html != nil {
		return report.HTML(f.html, sum)
	}
	return nil
}

// empty takes away what a file held, if it is one that holds anything: a pipe does not.
func (f *file) empty() error {
	f.made = false
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	return f.Truncate(0)
}

func (f files) close() error {
	var errs []error
	for _, one := range f.all() {
		errs = append(errs, one.Close())
		if one.made {
			errs = append(errs, os.Remove(one.Name()))
		}
	}
	return errors.Join(errs...)
}

func (f files) all() (all []*file) {
	for _, one := range []*file{f.csv, f.html} {
		if one != nil {
			all = append(all, one)
		}
	}
	return all
}

// watch shows a running test on stderr: drawn in place on a terminal, else a
// line a second. clear takes a drawing away.
func (a *commands) watch(name string, quiet bool, end context.CancelCauseFunc) (show func(measure.Point), clear func()) {
	if quiet {
		return nil, func() {}
	}
	f, _ := a.Env.Stderr.(*os.File)
	if !cli.Terminal(a.Env.Stderr) || a.Env.Getenv("TERM") == "dumb" {
		return func(p measure.Point) { a.say(end, report.Line(p)) }, func() {}
	}
	live := report.NewLive(f, name, func() int { return cmp.Or(width(f), 80) })
	return live.Show, live.Clear
}

// indent is what the lines of a text have before them, but for the first (cli.Printer).
const indent = 4

// table breaks a text for the terminal on stdout, if it is one.
func (a *commands) table(text string) string {
	return report.Wrap(text, width(a.Env.Stdout)-indent)
}

// width is that of a terminal; 0: it is none, or does not say.
func width(stream any) int {
	if !cli.Terminal(stream) {
		return 0
	}
	w, _, err := term.GetSize(int(stream.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return w
}

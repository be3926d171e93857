// Package app is what chatctl's commands are built from: the outside world, the
// flags that many share, and the ways to a server.
//
// It knows no command. An App belongs to one run of chatctl, which is one
// goroutine until a command starts others.
package app

import (
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
)

// App is the outside world and the flags that many commands share.
type App struct {
	Env    cli.Env
	Output string // --output
	Choice cli.Choice

	Columns []string // --columns
	Sort    string   // --sort
}

// Printer prints to stdout as --output, --columns and --sort say.
func (a *App) Printer() (*cli.Printer, error) {
	p, err := cli.NewPrinter(a.Env, a.Output)
	if err != nil {
		return nil, err
	}
	return p, p.Choose(a.Columns, a.Sort)
}

// Say tells a person something that is no result: on stderr, so that no pipe takes it for one.
func (a *App) Say(format string, args ...any) {
	fmt.Fprintf(a.Env.Stderr, strings.TrimSuffix(format, "\n")+"\n", args...)
}

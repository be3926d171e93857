package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"
)

// columns is how wide the narrowest terminal is that help is written for.
const columns = 80

func TestTheHelpOfEveryCommandFitsATerminal(t *testing.T) {
	seen := 0
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		seen++
		for line := range strings.Lines(helpOf(t, strings.Fields(cmd.CommandPath())[1:])) {
			if line = strings.TrimRight(line, "\n"); uniseg.StringWidth(line) > columns {
				t.Errorf("%s --help: %d cells, of %d: %s", cmd.CommandPath(), uniseg.StringWidth(line), columns, line)
			}
		}
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(newRoot(cli.Env{Getenv: func(string) string { return "" }}))
	if seen < 90 {
		t.Errorf("only %d commands were looked at", seen)
	}
}

// helpOf is what --help of a command prints; each run has a tree of its own.
func helpOf(t *testing.T, name []string) string {
	t.Helper()
	var out, errs bytes.Buffer
	env := cli.Env{Args: append(name, "--help"), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }}
	if status := run(t.Context(), env); status != cli.OK || out.Len() == 0 {
		t.Errorf("%v --help: status %d: %s", name, status, &errs)
	}
	return out.String()
}

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/go-json-experiment/json"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// conforms runs a command with -o json, which must print something, and holds
// each line to the schema that it has: conforms 'COMMAND' [ARGUMENTS…]
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: conforms COMMAND [ARGUMENTS…]")
	}
	name := strings.Fields(args[0])
	ts.Check(ts.Exec("chatctl", slices.Concat(name, []string{"-o", "json"}, args[1:])...))
	holds(ts, name, ts.ReadFile("stdout"))
}

// conformed holds a file's lines to the schema of the command that printed them: conformed 'COMMAND' FILE
func conformed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: conformed COMMAND FILE")
	}
	holds(ts, strings.Fields(args[0]), ts.ReadFile(args[1]))
}

// holds holds what a command printed, which must be something, to its schema.
func holds(ts *testscript.TestScript, name []string, printed string) {
	if printed == "" {
		ts.Fatalf("%v printed nothing", name)
	}
	var schema jsonschema.Schema
	text, err := schemaOf(context.Background(), name)
	ts.Check(err)
	ts.Check(json.Unmarshal(text, &schema))
	held, err := schema.Resolve(nil)
	ts.Check(err)
	for line := range strings.Lines(printed) {
		var v any
		ts.Check(json.Unmarshal([]byte(line), &v))
		if err := held.Validate(v); err != nil {
			ts.Fatalf("%v prints what its schema does not allow: %v\n%s", name, err, line)
		}
	}
}

// schemaOf asks for the schema of a command.
func schemaOf(ctx context.Context, name []string) ([]byte, error) {
	var out, errs bytes.Buffer
	env := cli.Env{Args: append([]string{"schema"}, name...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }}
	if status := run(ctx, env); status != cli.OK {
		return nil, fmt.Errorf("status %d: %s", status, &errs)
	}
	return out.Bytes(), nil
}

// unseen are the commands whose output no script can have: without a defect nothing is held.
var unseen = []string{"admin held list", "admin held show", "admin held retry", "admin held drop"}

// schemaless are the commands that print no JSON of their own, and why.
var schemaless = map[string]string{
	"demo": "a screen", "tui": "a screen", "keys": "a file, in YAML", "tui keys": "a file, in YAML",
	"serve": "one line when it is ready, whatever -o says", "completion": "a shell's script",
	"schema": "a schema", "admin schema": "a schema",
	"api": "the server's answer", "account export": "the server's answer",
}

// twins print what another command does.
var twins = map[string]string{
	"loadtest fanout": "loadtest direct", "loadtest idle": "loadtest direct", "loadtest rooms": "loadtest direct",
	"loadtest slow": "loadtest direct", "loadtest reconnect": "loadtest connect",
	"loadtest find fanout": "loadtest find direct", "loadtest find rooms": "loadtest find direct",
}

func TestEveryCommandHasASchemaThatAScriptHoldsItTo(t *testing.T) {
	held := map[string]bool{}
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^conform(?:s|ed) (?:'([^']+)'|(\S+))`).FindAllSubmatch(text, -1) {
			held[string(m[1])+string(m[2])] = true
		}
	}
	root := newRoot(cli.Env{Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }})
	leaves(root, func(_ *cobra.Command, name string) {
		if schemaless[name] != "" {
			return
		}
		if _, err := schemaOf(t.Context(), strings.Fields(name)); err != nil {
			t.Errorf("%s has no schema: %v", name, err)
		}
		if !held[cmp.Or(twins[name], name)] && !slices.Contains(unseen, name) {
			t.Errorf("no script holds %s to its schema", name)
		}
	})
}

// leaves calls fn with each command below cmd that does something, and what it is called there.
func leaves(cmd *cobra.Command, fn func(cmd *cobra.Command, name string)) {
	for _, c := range cmd.Commands() {
		if c.HasSubCommands() {
			leaves(c, fn)
			continue
		}
		_, name, _ := strings.Cut(c.CommandPath(), " ")
		fn(c, name)
	}
}

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/admin"
	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/go-json-experiment/json"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// conforms runs a command of admin with -o json, which must print something, and
// holds each line to the schema that it has: conforms 'COMMAND' [ARGUMENTS…]
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: conforms COMMAND [ARGUMENTS…]")
	}
	name := strings.Fields(args[0])
	ts.Check(ts.Exec("chatctl", slices.Concat([]string{"admin"}, name, []string{"-o", "json"}, args[1:])...))
	printed := ts.ReadFile("stdout")
	if printed == "" {
		ts.Fatalf("it printed nothing")
	}
	ts.Check(ts.Exec("chatctl", append([]string{"admin", "schema"}, name...)...))
	var schema jsonschema.Schema
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &schema))
	held, err := schema.Resolve(nil)
	ts.Check(err)
	for line := range strings.Lines(printed) {
		var v any
		ts.Check(json.Unmarshal([]byte(line), &v))
		if err := held.Validate(v); err != nil {
			ts.Fatalf("%s prints what its schema does not allow: %v\n%s", args[0], err, line)
		}
	}
}

// unseen are the commands whose output no script can have: without a defect nothing is held.
var unseen = []string{"held list", "held show", "held retry", "held drop"}

func TestEveryCommandOfAdminHasASchemaThatAScriptHoldsItTo(t *testing.T) {
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
		for _, m := range regexp.MustCompile(`(?m)^conforms (?:'([^']+)'|(\S+))`).FindAllSubmatch(text, -1) {
			held[string(m[1])+string(m[2])] = true
		}
	}
	leaves(admin.Command(&app.App{}), func(_ *cobra.Command, name string) {
		if name == "schema" {
			return
		}
		var out bytes.Buffer
		env := cli.Env{Stdout: &out, Stderr: io.Discard, Getenv: func(string) string { return "" }}
		cmd := admin.Command(&app.App{Env: env, Output: "json"})
		cmd.SetArgs(append([]string{"schema"}, strings.Fields(name)...))
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Errorf("%s has no schema: %v", name, err)
		}
		if !held[name] && !slices.Contains(unseen, name) {
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

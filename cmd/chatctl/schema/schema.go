// Package schema describes what commands print with -o json, in JSON Schema made
// from the types that they print: so it cannot say anything else than they do.
//
// Which command prints what is said by the packages of the commands. Everything
// may be called concurrently.
package schema

import (
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"
)

// Types are the types of which each command prints one a line, by the words that
// name the command.
type Types map[string]reflect.Type

// Of is T's.
func Of[T any]() reflect.Type { return reflect.TypeFor[T]() }

// Under are the commands of t as those of group.
func (t Types) Under(group string) Types {
	out := Types{}
	for name, typ := range t {
		out[group+" "+name] = typ
	}
	return out
}

// Join is all of several.
func Join(several ...Types) Types {
	out := Types{}
	for _, t := range several {
		maps.Copy(out, t)
	}
	return out
}

// Command makes cmd print the schema of what the command below root that its
// arguments name prints. A command with --dry-run prints dry then.
func Command(a *app.App, cmd, root *cobra.Command, types Types, dry reflect.Type) *cobra.Command {
	cmd.Args = cli.Args(1, -1)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		p, err := a.Printer()
		if err != nil {
			return err
		}
		name := strings.Join(args, " ")
		found, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 || types[name] == nil {
			return cli.Misused("see "+root.CommandPath()+" --help", "%s has no command %q that prints JSON of its own", root.CommandPath(), name)
		}
		s, err := describe(types[name])
		if err == nil && found.Flags().Lookup("dry-run") != nil {
			var other *jsonschema.Schema
			other, err = describe(dry)
			s = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, other}}
		}
		if err != nil {
			return fmt.Errorf("describing what %s prints: %w", name, err)
		}
		s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", found.CommandPath()
		b, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("writing the schema: %w", err)
		}
		return p.Body(b)
	}
	return cmd
}

// describe describes t in JSON as chatctl writes it: ids and times are text, bytes
// are base64, and a list that is empty is [], never null.
func describe(t reflect.Type) (*jsonschema.Schema, error) {
	id := &jsonschema.Schema{Type: "string", Format: "uuid"}
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		Of[api.UserID](): id, Of[api.ConversationID](): id, Of[api.ActionID](): id, Of[api.MemberID](): id,
		Of[api.SessionID](): id, Of[api.GatewayID](): id, Of[api.WorkerID](): id, Of[api.Epoch](): id,
		Of[api.Time](): {Type: "string", Format: "date-time"},
		Of[[]byte]():   {Type: "string", ContentEncoding: "base64"},
	}})
	if err == nil {
		neverNull(s)
	}
	return s, err
}

// neverNull takes null from what the library, which knows another encoder, lets be that.
func neverNull(s *jsonschema.Schema) {
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	for _, p := range s.Properties {
		neverNull(p)
	}
	if s.Items != nil {
		neverNull(s.Items)
	}
}

package admin

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/admin/people"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/go-json-experiment/json"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"
)

// printed are the types of which each command prints one a line with -o json.
var printed = map[string]reflect.Type{
	"users create": of[api.User](), "users list": of[api.User](), "users show": of[api.User](), "users suspend": of[api.User](),
	"users resume": of[api.User](), "users grant": of[api.User](), "users reset-password": of[api.User](), "users sessions": of[api.Session](),
	"users revoke": of[api.User](), "users delete": of[api.User](),
	"invites create": of[api.Invite](), "invites list": of[api.Invite](), "invites revoke": of[people.Revoked](),
	"audit list": of[api.Audited](), "mail": of[api.Letter](),
	"held list": of[api.Held](), "held show": of[api.Held](), "held retry": of[api.Result](), "held drop": of[api.Result](),
	"reports list": of[api.Report](), "reports show": of[api.Report](), "reports close": of[api.Result](),
	"conversations list": of[api.Conversation](), "conversations show": of[api.Conversation](), "conversations members": of[api.Seat](),
	"conversations handover": of[api.Result](),
	"connections list":       of[api.Connection](), "connections show": of[api.Connection](), "connections kick": of[api.Connection](),
	"why": of[api.Trail](), "whoami": of[adminapi.WhoAmI](), "can-i": of[allowed](), "wait ready": of[adminapi.Standing](),
	"config show": of[api.Setting](), "stats": of[api.Stats](),
	"backup create": of[api.Backup](), "backup check": of[api.Backup](), "backup restore": of[restored](), "backup erased": of[api.Erased](),
}

func of[T any]() reflect.Type { return reflect.TypeFor[T]() }

func (c *commands) schema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema COMMAND…",
		Short: "Print the JSON Schema of what a command of admin prints with -o json",
		Long: `Print the JSON Schema (draft 2020-12) of each line that a command of admin prints
with -o json, made from this program's own types. It is exact for this version: a
later one may add fields. Where the command has --dry-run, that is described, too.`,
		Example: "  chatctl admin schema users list",
		Args:    cli.Args(1, -1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := c.Printer()
			if err != nil {
				return err
			}
			name := strings.Join(args, " ")
			cmd, rest, err := c.root.Find(args)
			if err != nil || len(rest) > 0 || printed[name] == nil {
				return cli.Misused("see chatctl admin --help", "admin has no command %q that prints JSON", name)
			}
			s, err := schemaOf(printed[name])
			if err != nil {
				return fmt.Errorf("describing what %s prints: %w", name, err)
			}
			if cmd.Flags().Lookup("dry-run") != nil {
				dry, err := schemaOf(of[desk.Would]())
				if err != nil {
					return fmt.Errorf("describing a dry run: %w", err)
				}
				s = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, dry}}
			}
			s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "chatctl admin "+name
			b, err := json.Marshal(s)
			if err != nil {
				return fmt.Errorf("writing the schema: %w", err)
			}
			return p.Body(b)
		},
	}
}

// schemaOf describes t in JSON as chatctl writes it: ids and times are text, and
// a list that is empty is [], never null.
func schemaOf(t reflect.Type) (*jsonschema.Schema, error) {
	id := &jsonschema.Schema{Type: "string", Format: "uuid"}
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		of[api.UserID](): id, of[api.ConversationID](): id, of[api.ActionID](): id, of[api.MemberID](): id,
		of[api.SessionID](): id, of[api.GatewayID](): id, of[api.WorkerID](): id, of[api.Epoch](): id,
		of[api.Time](): {Type: "string", Format: "date-time"},
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

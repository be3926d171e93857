package admin

import (
	"reflect"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/admin/people"
	"github.com/chatctl/chatctl/cmd/chatctl/schema"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

// Printed is what the commands of admin print with -o json.
func Printed() schema.Types {
	user, held, result, backup := schema.Of[api.User](), schema.Of[api.Held](), schema.Of[api.Result](), schema.Of[api.Backup]()
	return schema.Types{
		"users create": user, "users list": user, "users show": user, "users suspend": user, "users resume": user, "users grant": user,
		"users reset-password": user, "users sessions": schema.Of[api.Session](), "users revoke": user, "users delete": user,
		"invites create": schema.Of[api.Invite](), "invites list": schema.Of[api.Invite](), "invites revoke": schema.Of[people.Revoked](),
		"audit list": schema.Of[api.Audited](), "mail": schema.Of[api.Letter](),
		"held list": held, "held show": held, "held retry": result, "held drop": result,
		"reports list": schema.Of[api.Report](), "reports show": schema.Of[api.Report](), "reports close": result,
		"conversations list": schema.Of[api.Conversation](), "conversations show": schema.Of[api.Conversation](),
		"conversations members": schema.Of[api.Seat](), "conversations handover": result, "conversations purge": result,
		"connections list": schema.Of[api.Connection](), "connections show": schema.Of[api.Connection](), "connections kick": schema.Of[api.Connection](),
		"why": schema.Of[api.Trail](), "whoami": schema.Of[adminapi.WhoAmI](), "can-i": schema.Of[allowed](), "wait ready": schema.Of[adminapi.Standing](),
		"config show": schema.Of[api.Setting](), "stats": schema.Of[api.Stats](),
		"backup create": backup, "backup check": backup, "backup restore": schema.Of[restored](), "backup erased": schema.Of[api.Erased](),
	}
}

// DryRun is what a command prints instead with --dry-run.
func DryRun() reflect.Type { return schema.Of[desk.Would]() }

func (c *commands) schema() *cobra.Command {
	return schema.Command(c.App, &cobra.Command{
		Use:   "schema COMMAND…",
		Short: "Print the JSON Schema of what a command prints with -o json",
		Long: `Print the JSON Schema (draft 2020-12) of each line that a command of admin
prints with -o json. It is exact for this version: a later one may add fields.
Where the command has --dry-run, that is described, too. Other commands: chatctl
schema.`,
		Example: "  chatctl admin schema users list",
	}, c.root, Printed(), DryRun())
}

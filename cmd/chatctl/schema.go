package main

import (
	"github.com/chatctl/chatctl/cmd/chatctl/account"
	"github.com/chatctl/chatctl/cmd/chatctl/admin"
	"github.com/chatctl/chatctl/cmd/chatctl/build"
	"github.com/chatctl/chatctl/cmd/chatctl/doctor"
	"github.com/chatctl/chatctl/cmd/chatctl/load"
	"github.com/chatctl/chatctl/cmd/chatctl/schema"
	"github.com/chatctl/chatctl/cmd/chatctl/talk"
	"github.com/chatctl/chatctl/server/api"
	"github.com/spf13/cobra"
)

// schema describes what every command prints; root is all of them.
func (a *commands) schema(root *cobra.Command) *cobra.Command {
	own := schema.Types{"version": schema.Of[build.Info](), "doctor": schema.Of[doctor.Finding](), "config show": schema.Of[api.Setting]()}
	return schema.Command(a.App, &cobra.Command{
		Use:   "schema COMMAND…",
		Short: "Print the JSON Schema of what a command prints with -o json",
		Long: `Print the JSON Schema (draft 2020-12) of each line that a command prints with -o
json. It is exact for this version: a later one may add fields. What "api" and
"account export" print is the server's: chatctl api GET /v1/openapi.yaml
describes it.`,
		Example: "  chatctl schema send\n  chatctl schema admin users list",
	}, root, schema.Join(own, talk.Printed(), account.Printed(), load.Printed(), admin.Printed().Under("admin")), admin.DryRun())
}

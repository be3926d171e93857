package main

import (
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
)

// help is cobra's, but for an unknown name, which is a usage error here too.
func help() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND…]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return cli.Misused("see chatctl --help", "there is no command %q", strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

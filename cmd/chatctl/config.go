package main

import (
	"fmt"
	"io"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *commands) config() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings that a server would run with",
	}
	cli.Parent(cmd)
	cmd.AddCommand(a.configShow())
	return cmd
}

func (a *commands) configShow() *cobra.Command {
	var f serveFlags
	var origin bool
	settings := f.flags()
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the settings of serve, as a file that it takes",
		Long: `Print every setting as "chatctl serve" would run with it here without flags:
from CHATCTL_ variables, else the file, else the default.

The output is a settings file itself:

  chatctl config show > server.yaml
  chatctl serve --config server.yaml

For the settings of a server that runs: chatctl admin config show.`,
		Args: cli.Args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			origins, err := a.settle(settings)
			if err != nil {
				return err
			}
			if f.data, err = a.DataDir(f.data); err != nil {
				return err
			}
			if err := a.printSettings(settings, origins, origin); err != nil {
				return err
			}
			_, _, _, err = a.serveConfig(f, io.Discard)
			return err
		},
	}
	cmd.Flags().AddFlag(settings.Lookup(configFlag))
	cmd.Flags().BoolVar(&origin, "origin", false, "say where each setting is from")
	return cmd
}

func (a *commands) printSettings(settings *pflag.FlagSet, origins map[string]string, origin bool) error {
	p, err := a.Printer()
	if err != nil {
		return err
	}
	for _, s := range effective(settings, origins) {
		line, err := settingLine(settings, s)
		if err != nil {
			return err
		}
		_, about := pflag.UnquoteUsage(settings.Lookup(s.Name))
		if origin {
			about = "from " + s.Origin
		}
		if err := p.One(s, fmt.Sprintf("%-36s # %s", line, about)); err != nil {
			return err
		}
	}
	return nil
}

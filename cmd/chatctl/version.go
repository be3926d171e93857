package main

import (
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/build"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
)

func (a *commands) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show which chatctl this is",
		Args:  cli.Args(0, 0),
		RunE:  func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *commands) printVersion() error {
	p, err := a.Printer()
	if err != nil {
		return err
	}
	b := build.Read()
	return p.One(b, fmt.Sprintf("chatctl %s (%s, %s)", b.Version, b.Go, b.Platform))
}

// versionFlag has root show which chatctl this is, as most programs do.
func (a *commands) versionFlag(root *cobra.Command) {
	version := root.Flags().Bool("version", false, "show which chatctl this is")
	alone := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *version && len(args) == 0 {
			return a.printVersion()
		}
		return alone(cmd, args)
	}
}

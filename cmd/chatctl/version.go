package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
)

type buildInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitzero"` // built from a tree with changes that were not committed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

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
	b := build()
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

// build reads what the go command stamped into the binary: the version is that
// of the tag it was built at, or a pseudo-version.
func build() buildInfo {
	b := buildInfo{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

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
		RunE: func(*cobra.Command, []string) error {
			p, err := a.Printer()
			if err != nil {
				return err
			}
			b := build()
			line := fmt.Sprintf("chatctl %s (%s, %s)", b.Version, b.Go, b.Platform)
			return p.One(b, line)
		},
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

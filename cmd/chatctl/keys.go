package main

import (
	"cmp"
	"path/filepath"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/spf13/cobra"
)

// keys prints the keys of the chat client.
func (a *commands) keys() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Print the keys in force, as a file to change",
		Long: `Print the keys in force as a file that chatctl tui takes: keep it as keys.yaml
beside the profiles, or give it with --keys, and change what you like.`,
		Args: cli.Args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			m, err := a.keymap(file)
			if err != nil {
				return err
			}
			_, err = a.Env.Stdout.Write(m.File())
			return err
		},
	}
	keysFlag(cmd, &file)
	return cmd
}

func keysFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "keys", "", "the `FILE` with the keys (default: keys.yaml beside the profiles)")
}

// keymap is the keys in force: of the file that is named, else of the usual one.
func (a *commands) keymap(file string) (*keymap.Map, error) {
	dir, err := a.Env.ConfigDir()
	if err != nil {
		return nil, err
	}
	m, err := keymap.Load(cmp.Or(file, filepath.Join(dir, "keys.yaml")))
	if err != nil {
		return nil, &cli.Error{Status: cli.Usage, Err: err, Do: "mend the file, or give another: --keys FILE"}
	}
	return m, nil
}

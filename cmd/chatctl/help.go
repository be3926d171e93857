package main

import (
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
				return cli.Misused("see chatctl --help", "there is no command %q", args)
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

func completion() *cobra.Command {
	shells := []cobra.Completion{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Write a shell's completion script",
		Long: `Write a shell's completion script to stdout. To load it:

  bash        source <(chatctl completion bash)
  zsh         chatctl completion zsh > "${fpath[1]}/_chatctl"
  fish        chatctl completion fish > ~/.config/fish/completions/chatctl.fish
  powershell  chatctl completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args:      cli.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return cli.Misused("it is one of bash, zsh, fish, powershell", "there is no completion for %q", args[0])
		},
	}
}

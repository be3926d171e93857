package complete

import (
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
)

// Command is `chatctl completion`.
func Command() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Write a shell's completion script",
		Long: `Write a shell's completion script to stdout. To load it:

  bash        source <(chatctl completion bash)
  zsh         chatctl completion zsh > "${fpath[1]}/_chatctl"
  fish        chatctl completion fish > ~/.config/fish/completions/chatctl.fish
  powershell  chatctl completion powershell | Out-String | Invoke-Expression

In bash it needs the package bash-completion. Commands and flags are proposed,
and profiles, people, groups and what an administrator names, as far as a server
tells them within two seconds.`,
		Args: cli.Args(1, 1),
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

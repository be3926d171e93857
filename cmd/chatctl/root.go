package main

import (
	"cmp"

	"github.com/chatctl/chatctl/cmd/chatctl/account"
	"github.com/chatctl/chatctl/cmd/chatctl/admin"
	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/build"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/cmd/chatctl/doctor"
	"github.com/chatctl/chatctl/cmd/chatctl/load"
	"github.com/chatctl/chatctl/cmd/chatctl/talk"
	"github.com/spf13/cobra"
)

// commands are those that run a server, or something beside one.
type commands struct{ *app.App }

func newRoot(env cli.Env) *cobra.Command {
	a := &commands{&app.App{Env: env}}
	root := &cobra.Command{
		Use:   "chatctl",
		Short: "A scalable chat system for terminals, in one binary",
		Long: `chatctl is a scalable chat system for terminals, in one binary.

Look around first, on a server of its own that is gone when you quit:

  chatctl demo

Then start a server, make two accounts in two terminals, and talk:

  chatctl serve
  chatctl signup                     (once for each person)
  chatctl send @ada "hello"
  chatctl watch

Exit statuses: 0 done; 1 refused; 2 wrong usage; 3 not signed in or not allowed;
4 server unreachable, nothing was accepted; 5 accepted or unknown, no result in
time, or done and not printed; 98 the load generator was the limit; 99 a
threshold was crossed; 130 ctrl-c, 143 SIGTERM, 129 the terminal is gone, before
it was done.

Environment: CHATCTL_SERVER, CHATCTL_PROFILE, CHATCTL_TOKEN, CHATCTL_DATA and
CHATCTL_OUTPUT stand for the flags; XDG_CONFIG_HOME and XDG_DATA_HOME are
honoured.`,
		SilenceErrors: true, // Report prints them
		SilenceUsage:  true,
	}
	cli.Parent(root)
	a.versionFlag(root)
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetFlagErrorFunc(wrongFlag)
	root.SetUsageTemplate(usageTemplate(root))
	root.PersistentFlags().StringVarP(&a.Output, "output", "o", cmp.Or(env.Getenv("CHATCTL_OUTPUT"), "text"), "`FORMAT`: text, or json, one object a line; of a list also wide, csv or name")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Name() == cobra.ShellCompRequestCmd {
			return nil // proposes all the same
		}
		return a.CheckOutput(cmd)
	}
	root.AddGroup(&cobra.Group{ID: "talk", Title: "Talk:"}, &cobra.Group{ID: "account", Title: "Account:"}, &cobra.Group{ID: "run", Title: "Run a server:"})
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("talk", a.demo(), a.tui())
	add("talk", talk.Commands(a.App)...)
	add("account", account.Commands(a.App)...)
	add("run", a.serve(), a.config(), doctor.Command(a.App, a.newLog), load.Command(a.App, build.Read().Version), load.Verify(a.App), admin.Command(a.App))
	root.AddCommand(a.version(), a.schema(root), complete.Command())
	complete.Flag(root, "output", complete.Words(cli.Formats()...))
	h, names := help(), complete.Table{"COMMAND": complete.Commands(root)}
	root.SetHelpCommand(h)
	complete.Under(h, names)
	complete.Under(root, names)
	root.CompletionOptions.DisableDefaultCmd = true
	return root
}

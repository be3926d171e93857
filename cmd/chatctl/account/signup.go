package account

import (
	"net/mail"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/mailbox"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) signup() *cobra.Command {
	var handle, email, name, data, invite string
	var piped bool
	cmd := &cobra.Command{
		Use:   "signup",
		Short: "Make an account, and sign in to it",
		Long: `Make an account, and keep the sign-in as a profile. What no flag says is asked
for. The server sends a code to the e-mail address: where the server runs on
this machine with a data directory of yours, the code is taken from its mailbox;
else it is asked for (with --password-stdin: the second line of stdin).`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, asker := cmd.Context(), cli.NewAsker(a.Env)
			in, err := a.newcomer(ctx, asker, handle)
			if err != nil {
				return err
			}
			if email == "" {
				if email, err = asker.Line(ctx, "E-mail", "--email"); err != nil {
					return err
				}
			}
			if _, err := mail.ParseAddress(email); err != nil {
				return cli.Misused("it looks like ada@example.org", "%q is no e-mail address", email)
			}
			password, err := asker.Password(ctx, piped, true)
			if err != nil {
				return err
			}
			box, err := mailbox.Open(ctx, a.App, in.server, data, email)
			if err != nil {
				return err
			}
			account := client.NewAccount{Handle: in.handle, Email: email, Password: string(password), DisplayName: name, Invite: invite}
			if err := in.c.SignUp(ctx, account); err != nil {
				return cli.At(in.server, err)
			}
			code, err := box.Code(ctx, asker, piped)
			if err != nil {
				return err
			}
			signed, err := in.c.Verify(ctx, email, code)
			if err != nil {
				return err
			}
			return a.keep(in, signed)
		},
	}
	a.newcomerFlags(cmd, &handle, &piped)
	cmd.Flags().StringVar(&email, "email", "", "the `ADDRESS` that the code goes to")
	cmd.Flags().StringVar(&name, "name", "", "the `NAME` shown beside the handle")
	cmd.Flags().StringVar(&invite, "invite", "", "the `CODE` of an invite, where the server wants one")
	cmd.Flags().StringVar(&data, "data", "", "the data `DIR` of a server of your own, to take the code from (default: CHATCTL_DATA, else the usual one)")
	return cmd
}

package account

import (
	"errors"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
)

func (a *commands) profile() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "List, choose and forget sign-ins kept on this machine",
	}
	cli.Parent(cmd)
	cmd.AddCommand(a.profileList(), a.profileUse(), a.profileReadOnly(), a.profileRemove())
	return cmd
}

// profileRow is a profile as it may be shown: without its token.
type profileRow struct {
	Name     string `json:"name"`
	Server   string `json:"server"`
	Handle   string `json:"handle"`
	Current  bool   `json:"current"`
	ReadOnly bool   `json:"read_only,omitzero"`
}

func (a *commands) profileList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the profiles",
		Args:  cli.Args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			p, err := a.Printer()
			if err != nil {
				return err
			}
			rows, err := a.profileRows()
			return errors.Join(cli.Table(p, []string{"", "=PROFILE", "HANDLE", "SERVER", "+MAY"}, rows, func(r profileRow) []string {
				mark := ""
				if r.Current {
					mark = "*"
				}
				may := "everything"
				if r.ReadOnly {
					may = "read"
				}
				return []string{mark, r.Name, r.Handle, r.Server, may}
			}), err)
		},
	}
}

// profileRows reads what can be read; the error names what could not.
func (a *commands) profileRows() (rows []profileRow, err error) {
	profiles, err := a.Env.Profiles()
	if err != nil {
		return nil, err
	}
	names, err := profiles.List()
	if err != nil {
		return nil, err
	}
	current, err := a.Env.ProfileName(cli.Choice{})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		prof, broken := profiles.Load(name)
		if broken != nil {
			err = errors.Join(err, broken)
			continue
		}
		rows = append(rows, profileRow{name, prof.Server, prof.Handle, name == current, prof.ReadOnly})
	}
	return rows, err
}

func (a *commands) profileUse() *cobra.Command {
	return &cobra.Command{
		Use:   "use NAME",
		Short: "Speak for this profile when no --profile says otherwise",
		Args:  cli.Args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			profiles, err := a.Env.Profiles()
			if err != nil {
				return err
			}
			return profiles.Use(args[0])
		},
	}
}

func (a *commands) profileRemove() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Forget a profile, its drafts and what it has not sent; its session lives on unless you log out first",
		Args:  cli.Args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			profiles, err := a.Env.Profiles()
			if err != nil {
				return err
			}
			if err := profiles.Remove(args[0]); err != nil {
				return err
			}
			return a.Env.ForgetTalk(cli.Profile{Name: args[0]})
		},
	}
}

func (a *commands) profileReadOnly() *cobra.Command {
	var off bool
	cmd := &cobra.Command{
		Use:   "read-only NAME",
		Short: "Have a profile change nothing: only reading is allowed with it",
		Long: `Have a profile change nothing. Whatever would change something at a server is
refused before it is sent, with exit status 3, and watching tells nobody that
anything arrived. It guards against mistakes, not against whoever has the profile.`,
		Args: cli.Args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			profiles, err := a.Env.Profiles()
			if err != nil {
				return err
			}
			prof, err := profiles.Load(args[0])
			if err != nil {
				return err
			}
			prof.ReadOnly = !off
			return profiles.Change(prof)
		},
	}
	cmd.Flags().BoolVar(&off, "off", false, "let it change things again")
	return cmd
}

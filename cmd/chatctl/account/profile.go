package account

import (
	"errors"
	"fmt"

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
	columns := []string{"CURRENT", "=PROFILE", "HANDLE", "SERVER", "+MAY"}
	return a.Lists(&cobra.Command{
		Use:   "list",
		Short: "List the profiles",
		Args:  cli.Args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			p, err := a.Printer()
			if err != nil {
				return err
			}
			rows, err := a.profileRows()
			return errors.Join(cli.Table(p, columns, rows, func(r profileRow) []string {
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
	}, columns)
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
		rows = append(rows, rowOf(prof, current))
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
			if err := profiles.Use(args[0]); err != nil {
				return err
			}
			return a.showProfile(profiles, args[0], "speaks where no --profile says otherwise")
		},
	}
}

// showProfile prints a profile after a change, which what tells a person.
func (a *commands) showProfile(profiles cli.Profiles, name, what string) error {
	p, err := a.Printer()
	if err != nil {
		return err
	}
	prof, err := profiles.Load(name)
	if err != nil {
		return err
	}
	current, err := a.Env.ProfileName(cli.Choice{})
	if err != nil {
		return err
	}
	return p.One(rowOf(prof, current), fmt.Sprintf("profile %s, @%s at %s, %s", name, prof.Handle, prof.Server, what))
}

// rowOf is a profile beside the one in use.
func rowOf(prof cli.Profile, current string) profileRow {
	return profileRow{prof.Name, prof.Server, prof.Handle, prof.Name == current, prof.ReadOnly}
}

func (a *commands) profileRemove() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Forget a profile, its drafts and what it has not sent",
		Long: `Forget a profile, its drafts and what it has not sent. Its session lives on at
the server: to end that, too, use chatctl logout --profile NAME.`,
		Args: cli.Args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			profiles, err := a.Env.Profiles()
			if err != nil {
				return err
			}
			if err := profiles.Remove(args[0]); err != nil {
				return err
			}
			if err := a.Env.ForgetTalk(cli.Profile{Name: args[0]}); err != nil {
				return err
			}
			p, err := a.Printer()
			if err != nil {
				return err
			}
			return p.One(loggedOut{args[0]}, "profile "+args[0]+" is forgotten")
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
anything arrived. It stays so after another sign-in under its name. It guards
against mistakes, not against whoever has the profile.`,
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
			if err := profiles.Change(prof); err != nil {
				return err
			}
			may := "changes nothing from now on"
			if off {
				may = "may change things again"
			}
			return a.showProfile(profiles, args[0], may)
		},
	}
	cmd.Flags().BoolVar(&off, "off", false, "let it change things again")
	return cmd
}

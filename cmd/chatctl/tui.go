package main

import (
	"cmp"
	"context"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/cmd/chatctl/mailbox"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/outside"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/chatctl/chatctl/tui/widget"
	"github.com/spf13/cobra"
)

func (a *commands) tui() *cobra.Command {
	var notify, command, keys, data string
	cmd := &cobra.Command{
		Use:   "tui",
		Short: "Chat, on a full screen",
		Long: `Chat, on a full screen. It speaks for a profile, as the plain commands do, and a
sign-in here makes its profile the one in use, as chatctl login does.

What is not sent yet and what is being written are kept over restarts. /help, or
f1, shows all keys and commands; keys are changed in keys.yaml beside the
profiles, where "set: vim" takes those of vi. "chatctl tui keys" prints such a
file.`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.fullScreen("tui", "scripts use chatctl send and chatctl watch"); err != nil {
				return err
			}
			cfg, err := a.screen(keys, data)
			if err != nil {
				return err
			}
			if cfg.Chat.Signals, err = signals(a.Env, notify, command); err != nil {
				return err
			}
			return tui.Run(cmd.Context(), cfg, a.Env.Stdin, a.Env.Stdout)
		},
	}
	a.ServerFlag(cmd)
	a.ProfileFlag(cmd, "speak for")
	keysFlag(cmd, &keys)
	cmd.AddCommand(a.keys())
	cmd.Flags().StringVar(&data, "data", "", "the data `DIR` of a server of your own, to take codes from (default: CHATCTL_DATA, else the usual one)")
	cmd.Flags().StringVar(&notify, "notify", cmp.Or(a.Env.Getenv("CHATCTL_NOTIFY"), "bell"), "how to tell of a message while you look elsewhere: bell, osc9, osc777, several of them with commas, or none")
	complete.Flag(cmd, "notify", complete.List(complete.Words("bell", "osc9", "osc777", "none")))
	cmd.Flags().StringVar(&command, "notify-command", a.Env.Getenv("CHATCTL_NOTIFY_COMMAND"), "a `PROGRAM` to run as well; it finds the words in CHATCTL_TITLE and CHATCTL_BODY")
	return cmd
}

// fullScreen reports why a command cannot show the chat client here.
func (a *commands) fullScreen(command, instead string) error {
	switch {
	case !cli.Terminal(a.Env.Stdin), !cli.Terminal(a.Env.Stdout):
		return cli.Misused(instead, "chatctl %s needs a terminal", command)
	case a.Env.Getenv("TERM") == "dumb":
		return cli.Misused("line by line, chatctl watch shows what is said and chatctl send says something",
			"chatctl %s needs a full screen; TERM=dumb has none", command)
	}
	return nil
}

// screen is what the chat client needs of the outside world.
func (a *commands) screen(keys, data string) (cfg tui.Config, err error) {
	if cfg.Chat, err = a.look(keys); err != nil {
		return cfg, err
	}
	p := people{a.App}
	if cfg.Server, cfg.Account, err = p.first(); err != nil {
		return cfg, err
	}
	profiles, err := a.Env.Profiles()
	if err != nil {
		return cfg, err
	}
	cfg.Device, cfg.Keep, cfg.Profile, cfg.Profiles = "chatctl tui", p.keep, p.profile, profiles.List
	cfg.Mailbox = func(ctx context.Context, email string) func(context.Context) (string, error) {
		box, err := mailbox.Open(ctx, a.App, cfg.Server, data, email)
		if err != nil {
			return nil // and people read their mail
		}
		return box.Wait
	}
	return cfg, nil
}

// look is this machine as every account's screen has it: keys, terminal, programs.
func (a *commands) look(keys string) (cfg chat.Config, err error) {
	if cfg.Keys, err = a.keymap(keys); err != nil {
		return cfg, err
	}
	cfg.Terminal = widget.Detect(a.Env.Stdout, a.Env.Getenv)
	cfg.Signals.Terminal = a.Env.Stdout // gets what is copied; what rings is the commands' matter
	cfg.Shell = outside.Shell()
	cfg.Editor = cmp.Or(a.Env.Getenv("VISUAL"), a.Env.Getenv("EDITOR"))
	cfg.Opener = opener(a.Env)
	cfg.Location = time.Local
	cfg.Exports, err = os.Getwd()
	return cfg, err
}

// people are the profiles, as the chat client has them.
type people struct{ *app.App }

// first is the account to begin with, nil where one has to sign in first, and the server for that.
func (p people) first() (server string, a *session.Account, err error) {
	name, err := p.Env.ProfileName(p.Choice)
	if err != nil {
		return "", nil, err
	}
	profiles, err := p.Env.Profiles()
	if err != nil {
		return "", nil, err
	}
	names, err := profiles.List()
	if err != nil {
		return "", nil, err
	}
	if !slices.Contains(names, name) && p.Env.Getenv("CHATCTL_TOKEN") == "" {
		server, err = p.newcomer(profiles)
		return server, nil, err
	}
	prof, err := p.Env.Account(p.Choice)
	if err != nil {
		return "", nil, err
	}
	account, err := p.account(prof)
	return prof.Server, &account, err
}

// newcomer is the server to sign in to. Where the sign-in could not be kept, that
// is told before there is one.
func (p people) newcomer(profiles cli.Profiles) (server string, err error) {
	if server, err = p.Env.Server(p.Choice); err != nil {
		return "", err
	}
	if chosen := cmp.Or(p.Choice.Profile, p.Env.Getenv("CHATCTL_PROFILE")); chosen != "" {
		if err := profiles.Free(chosen, server, true); err != nil {
			return "", err
		}
	}
	return server, profiles.Prepare()
}

func (p people) account(prof cli.Profile) (session.Account, error) {
	dir, err := p.Env.TalkDir(prof)
	return session.Account{
		Profile: prof.Name, Server: prof.Server, Handle: prof.Handle, Token: string(prof.Token), Dir: dir,
		ReadOnly: prof.ReadOnly,
	}, err
}

// keep keeps a sign-in as the profile in use, as those of the plain commands are.
func (p people) keep(server, instead string, in api.SignedIn) (session.Account, error) {
	profiles, err := p.Env.Profiles()
	if err != nil {
		return session.Account{}, err
	}
	name, chosen := p.name(profiles, instead, in)
	prof := cli.Profile{Name: name, Server: server, Handle: in.Handle, User: in.User, Session: in.Session, Token: cli.Secret(in.Token)}
	if err := profiles.Free(name, server, chosen); err != nil {
		return session.Account{}, err
	}
	if prof, err = profiles.Save(prof); err != nil {
		return session.Account{}, err
	}
	return p.account(prof)
}

// name is under which name a sign-in is kept: that of the same account's before,
// the one that was chosen for the first sign-in, else its handle.
func (p people) name(profiles cli.Profiles, instead string, in api.SignedIn) (name string, chosen bool) {
	if old, err := profiles.Load(instead); err == nil && old.Handle == in.Handle {
		return instead, true
	}
	if name := cmp.Or(p.Choice.Profile, p.Env.Getenv("CHATCTL_PROFILE")); name != "" && instead == "" {
		return name, true
	}
	return in.Handle, false
}

func (p people) profile(name string) (session.Account, error) {
	profiles, err := p.Env.Profiles()
	if err != nil {
		return session.Account{}, err
	}
	prof, err := profiles.Load(name)
	if err != nil {
		return session.Account{}, err
	}
	return p.account(prof)
}

// signals reads --notify.
func signals(env cli.Env, notify, command string) (attention.Signals, error) {
	s := attention.Signals{Terminal: env.Stdout, Environ: os.Environ()}
	for _, way := range strings.Split(notify, ",") {
		switch way {
		case "bell":
			s.Bell = true
		case "osc9":
			s.OSC9 = true
		case "osc777":
			s.OSC777 = true
		case "none", "":
		default:
			return s, cli.Misused("bell, osc9, osc777 and none are", "--notify %q is not known", way)
		}
	}
	if command != "" {
		s.Command = []string{command}
	}
	return s, nil
}

// opener is the program that opens links here; none where there is no desktop.
func opener(env cli.Env) []string {
	switch {
	case runtime.GOOS == "darwin":
		return []string{"open"}
	case runtime.GOOS == "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case env.Getenv("DISPLAY") != "" || env.Getenv("WAYLAND_DISPLAY") != "":
		return []string{"xdg-open"}
	}
	return nil
}

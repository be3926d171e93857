// Package complete has shells propose what an argument, or the value of a flag,
// may be.
//
// A usage has a word for each of them, such as TO or `NAME`; a Table says where
// what that word stands for is found. Proposing never fails: what cannot be had
// soon, for want of a server, a sign-in or an answer, is not proposed, and no
// error is ever printed into somebody's command line.
package complete

import (
	"context"
	"strings"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// patience is how long somebody who pressed tab waits at most.
const patience = 2 * time.Second

// Place is where the cursor stands.
type Place struct {
	Command *cobra.Command
	Before  []string // the arguments in front of it
	Typed   string   // what is there already
}

// Word is a proposal, and what is said beside it.
type Word struct{ Word, About string }

// Source finds what may stand at a place. What it found before an error, or
// before ctx ended, is proposed all the same; a server's words need no care.
type Source func(ctx context.Context, at Place) ([]Word, error)

// Table is the sources by the words that usages have for what they find.
type Table map[string]Source

// Under has shells complete the arguments and flags of cmd and of every command
// below it that have no source yet. Where there is none in the table, either,
// nothing is proposed but the words of a|b, directories for a DIR and files for
// a FILE.
func Under(cmd *cobra.Command, of Table) {
	none := cobra.ShellCompDirectiveNoFileComp
	cmd.CompletionOptions.DefaultShellCompDirective = &none
	if cmd.ValidArgsFunction == nil {
		words := strings.Fields(cmd.Use)[1:]
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			word := wordAt(words, len(args))
			if word == "DIR" {
				return nil, cobra.ShellCompDirectiveFilterDirs
			}
			return propose(of.source(word), Place{cmd, args, typed})
		}
	}
	flags := cmd.NonInheritedFlags()
	flags.VisitAll(func(f *pflag.Flag) {
		word, _ := pflag.UnquoteUsage(f)
		_, known := cmd.GetFlagCompletionFunc(f.Name)
		switch {
		case known:
		case word == "FILE" || word == "PROGRAM":
			must(cmd.RegisterFlagCompletionFunc(f.Name, files))
		case word == "DIR":
			must(cobra.MarkFlagDirname(flags, f.Name))
		case of[word] != nil:
			Flag(cmd, f.Name, of[word])
		}
	})
	for _, c := range cmd.Commands() {
		Under(c, of)
	}
}

// Flag has shells complete one flag of cmd from a source of its own.
func Flag(cmd *cobra.Command, name string, from Source) {
	must(cmd.RegisterFlagCompletionFunc(name, func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return propose(from, Place{cmd, args, typed})
	}))
}

func files(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// must panics: there is no such flag, which is a mistake in the program.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (t Table) source(word string) Source {
	if from := t[word]; from != nil {
		return from
	}
	if strings.Contains(word, "|") && word == strings.ToLower(word) {
		return Words(strings.Split(word, "|")...)
	}
	return Words()
}

// wordAt is what a usage calls its n-th argument, from 0; the last of several
// stands for all that follow.
func wordAt(words []string, n int) string {
	if len(words) == 0 || n >= len(words) && !strings.Contains(words[len(words)-1], "…") {
		return ""
	}
	return strings.Trim(words[min(n, len(words)-1)], "[]…")
}

// propose asks a source, for as long as anybody waits.
func propose(from Source, at Place) (out []cobra.Completion, _ cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(at.Command.Context(), patience)
	defer cancel()
	words, _ := from(ctx, at) // who presses tab asked no question that an error would answer
	for _, w := range words {
		if strings.HasPrefix(w.Word, at.Typed) && text.Show(w.Word) == w.Word {
			out = append(out, cobra.CompletionWithDesc(w.Word, text.Show(w.About)))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// Words is a source that knows what there is.
func Words(all ...string) Source {
	return func(context.Context, Place) (out []Word, _ error) {
		for _, w := range all {
			out = append(out, Word{Word: w})
		}
		return out, nil
	}
}

// List is for a flag that takes several words with commas between: those of from
// that are not there yet.
func List(from Source) Source {
	return func(ctx context.Context, at Place) (out []Word, err error) {
		chosen := at.Typed[:strings.LastIndex(at.Typed, ",")+1]
		all, err := from(ctx, at)
		for _, w := range all {
			if !strings.Contains(","+chosen, ","+w.Word+",") {
				out = append(out, Word{chosen + w.Word, w.About})
			}
		}
		return out, err
	}
}

// Profiles are the sign-ins that are kept on this machine.
func Profiles(env cli.Env) Source {
	return func(context.Context, Place) (out []Word, _ error) {
		profiles, err := env.Profiles()
		if err != nil {
			return nil, err
		}
		names, err := profiles.List()
		for _, name := range names {
			w := Word{Word: name}
			if prof, err := profiles.Load(name); err == nil {
				w.About = "@" + prof.Handle + " at " + prof.Server
			}
			out = append(out, w)
		}
		return out, err
	}
}

// Commands are those below root, a word of their names an argument.
func Commands(root *cobra.Command) Source {
	return func(_ context.Context, at Place) (out []Word, _ error) {
		cmd, rest, err := root.Find(at.Before)
		if err != nil || len(rest) > 0 {
			return nil, err
		}
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				out = append(out, Word{c.Name(), c.Short})
			}
		}
		return out, nil
	}
}

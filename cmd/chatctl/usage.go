package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageTemplate is cobra's, with flags that wrap at 80 columns, a shorter
// way to more, and without a line for a command that does nothing alone.
func usageTemplate(of *cobra.Command) string {
	return strings.NewReplacer(
		"Flags.FlagUsages |", "Flags.FlagUsagesWrapped 80 |",
		"Usage:{{if .Runnable}}", `Usage:{{if and .Runnable (ne (index .Annotations "`+cli.ParentOnly+`") "yes")}}`,
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `See {{.CommandPath}} COMMAND --help.`,
	).Replace(of.UsageTemplate())
}

// wrongFlag puts what is wrong with a flag into words: what was probably meant,
// or what its value may be.
func wrongFlag(cmd *cobra.Command, err error) error {
	do := "see " + cmd.CommandPath() + " --help; what begins with - and is no flag goes after --"
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return cli.Misused(do, "%v%s", err, alike("--"+unknown.GetSpecifiedName(), flagNames(cmd)))
	case errors.As(err, &value):
		f := value.GetFlag()
		return cli.Misused("see "+cmd.CommandPath()+" --help", "--%s %s: %s", f.Name, value.GetValue(), allowed(f, value.Unwrap()))
	}
	return cli.Misused(do, "%v", err)
}

func flagNames(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return names
}

// allowed says what a flag takes, where its type tells; else what it said itself.
func allowed(f *pflag.Flag, err error) string {
	switch f.Value.Type() {
	case "duration":
		return "it takes a duration such as 90s, 15m or 2h"
	case "bool":
		return "it takes true or false"
	case "int", "int64":
		return "it takes a whole number"
	case "uint", "uint64":
		return "it takes a whole number from 0 on"
	case "float64":
		return "it takes a number"
	}
	return fmt.Sprint(err)
}

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// otherVariables are those of chatctl that are no setting of serve. A shell may
// have them for the client commands.
var otherVariables = []string{"CHATCTL_OUTPUT", "CHATCTL_PROFILE", "CHATCTL_SERVER", "CHATCTL_SMTP_PASSWORD", "CHATCTL_TOKEN"}

// serviceLink is a variable that Kubernetes and Docker set for a service named
// chatctl, or chatctl-something, beside this process.
var serviceLink = regexp.MustCompile(`^CHATCTL_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_[0-9]+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)$`)

// strangeVariables complains of CHATCTL_ variables that nobody reads: a misspelt
// one would leave its setting at the default, unnoticed.
func (a *commands) strangeVariables(flags *pflag.FlagSet) (wrong []error) {
	if a.Env.Environ == nil {
		return nil
	}
	known := slices.Clone(otherVariables)
	flags.VisitAll(func(f *pflag.Flag) { known = append(known, variable(f.Name)) })
	for _, v := range a.Env.Environ() {
		name, value, _ := strings.Cut(v, "=")
		switch {
		case value == "", !strings.HasPrefix(name, "CHATCTL_"), strings.HasPrefix(name, "CHATCTL_TEST_"), slices.Contains(known, name):
		case serviceLink.MatchString(name), strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://"):
		default:
			wrong = append(wrong, fmt.Errorf("%s: there is no such variable%s", name, alike(name, known)))
		}
	}
	slices.SortFunc(wrong, func(x, y error) int { return strings.Compare(x.Error(), y.Error()) })
	return wrong
}

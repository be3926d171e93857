package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// OneOf adds a flag that takes one of a few values, and nothing else; shells complete them.
func OneOf[S ~string](cmd *cobra.Command, to *S, name, usage string, values ...S) {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	cmd.Flags().Var(&oneOf[S]{to, texts}, name, usage)
	if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(texts, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag was added just now
	}
}

// oneOf is the value of such a flag.
type oneOf[S ~string] struct {
	to     *S
	values []string
}

func (o *oneOf[S]) String() string {
	if o.to == nil { // as pflag makes one to see what is the default
		return ""
	}
	return string(*o.to)
}

func (o *oneOf[S]) Type() string { return strings.Join(o.values, "|") }

func (o *oneOf[S]) Set(v string) error {
	if !slices.Contains(o.values, v) {
		return errors.New("it is " + Or(o.values))
	}
	*o.to = S(v)
	return nil
}

// Or lists alternatives in words: "a, b or c".
func Or(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

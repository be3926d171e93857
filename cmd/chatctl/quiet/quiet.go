// Package quiet keeps the program from talking to the terminal before a command
// does.
//
// Bubble Tea asks it for its background while the program is loaded (until its
// second version), whatever the command is, and waits for the answer: what is
// typed ahead is lost, and five seconds are, where no answer comes. Terminals
// called dumb are not asked. Packages are initialised in the order of their
// paths, as their imports allow: this one, which needs os alone, is before
// those that ask.
package quiet

import "os"

var term, named = os.LookupEnv("TERM")

func init() { call("dumb", true) }

// Over gives the terminal its name again. It is for main, before anything else.
func Over() { call(term, named) }

func call(name string, named bool) {
	if !named {
		_ = os.Unsetenv("TERM") // it fails for no name
		return
	}
	_ = os.Setenv("TERM", name) // as above
}

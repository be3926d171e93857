package keymap

import (
	"fmt"
	"strings"
)

// File is the bindings as a file that Parse takes, with the words of the help
// page as comments: every action once, in the page's order.
func (m *Map) File() []byte {
	var b strings.Builder
	b.WriteString("# The keys of chatctl tui. What is left out is as in the set: default or vim.\nset: " + m.set + "\n")
	var in Context
	for _, r := range m.rows {
		if c := r.action.Context(); c != in {
			in = c
			fmt.Fprintf(&b, "\n# %s\n", heading(c))
		}
		quoted := make([]string, len(r.chords))
		for i, chord := range r.chords {
			quoted[i] = "'" + strings.ReplaceAll(Shown(chord), "'", "''") + "'"
		}
		fmt.Fprintf(&b, "%s: [%s] # %s\n", r.action, strings.Join(quoted, ", "), r.help)
	}
	return []byte(b.String())
}

func heading(c Context) string {
	for _, h := range contexts {
		if h.context == c {
			return h.heading
		}
	}
	return string(c)
}

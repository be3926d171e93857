package tui_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/keymap"
)

// pressed are the bindings that stories have pressed: what a key did, where it was.
var pressed = struct {
	sync.Mutex
	bindings map[string]bool
}{bindings: map[string]bool{}}

func binding(a keymap.Action, key string) string { return fmt.Sprintf("%s with %s", a, key) }

// noted is keys, of which it is noted what is pressed.
func noted(keys *keymap.Map) *keymap.Map {
	keys.Tell(func(a keymap.Action, key string) {
		pressed.Lock()
		defer pressed.Unlock()
		pressed.bindings[binding(a, key)] = true
	})
	return keys
}

// TestMain holds, after all stories, that they press every key of the help page.
func TestMain(m *testing.M) {
	servertest.Main(everyKey{m})
}

type everyKey struct{ *testing.M }

func (m everyKey) Run() int {
	status := m.M.Run()
	for _, part := range []string{"test.run", "test.skip", "test.list"} {
		if f := flag.Lookup(part); f.Value.String() != f.DefValue {
			return status
		}
	}
	if missing := unpressed(); status == 0 && len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "no story presses these keys of the help page: write one that shows what they do\n")
		for _, b := range missing {
			fmt.Fprintln(os.Stderr, "\t"+b)
		}
		return 1
	}
	return status
}

// unpressed are the bindings of both sets that no story has pressed.
func unpressed() (missing []string) {
	pressed.Lock()
	defer pressed.Unlock()
	for _, set := range []*keymap.Map{keymap.Default(), keymap.Vim()} {
		for _, g := range set.Help() {
			for _, r := range g.Rows {
				for _, key := range r.Keys {
					if b := binding(r.Action, key); !pressed.bindings[b] && !slices.Contains(missing, b) {
						missing = append(missing, b)
					}
				}
			}
		}
	}
	return missing
}

// Package cli is what chatctl's commands share: the outside world as a value
// (Env), the one way to print (Printer), profiles, and what an error means to a
// script (Status) and to a person.
//
// Nothing here knows a command. An Env is read only and may be shared; a
// Printer belongs to one goroutine.
package cli

import (
	"cmp"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"
)

// Env is the outside world of one run of chatctl: what main takes from the
// process, and what a test may replace.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string // "" where a variable is not set
	Environ        func() []string     // all variables as NAME=VALUE; nil: they are not looked through
}

// ConfigDir is where profiles lie: $XDG_CONFIG_HOME/chatctl, else ~/.config/chatctl.
// A relative path in the variable is to be ignored (XDG).
func (e Env) ConfigDir() (string, error) {
	if dir := e.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "chatctl"), nil
	}
	home := cmp.Or(e.Getenv("HOME"), e.Getenv("USERPROFILE")) // Windows
	if home == "" {
		return "", &Error{Status: Usage, What: "there is no home directory to keep profiles in", Do: "set HOME or XDG_CONFIG_HOME"}
	}
	return filepath.Join(home, ".config", "chatctl"), nil
}

// StateDir is where programs keep what they need again and nobody backs up:
// $XDG_STATE_HOME/chatctl, else ~/.local/state/chatctl.
func (e Env) StateDir() (string, error) {
	if dir := e.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "chatctl"), nil
	}
	home := cmp.Or(e.Getenv("HOME"), e.Getenv("USERPROFILE")) // Windows
	if home == "" {
		return "", &Error{Status: Usage, What: "there is no home directory to keep drafts and the outbox in", Do: "set HOME or XDG_STATE_HOME"}
	}
	return filepath.Join(home, ".local", "state", "chatctl"), nil
}

// Terminal reports whether stream, one of Env's, is a terminal.
func Terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Package cli is what chatctl's commands share: the outside world as a value
// (Env), the one way to print (Printer), profiles, and what an error means to a
// script (Status) and to a person.
//
// Nothing here knows a command. An Env is read only and may be shared; a
// Printer belongs to one goroutine.
package cli

import (
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
}

// ConfigDir is where profiles lie: $XDG_CONFIG_HOME/chatctl, else ~/.config/chatctl.
func (e Env) ConfigDir() (string, error) {
	return e.base("XDG_CONFIG_HOME", ".config", "set XDG_CONFIG_HOME or HOME")
}

// DataDir is where a server keeps its data when no --data says so:
// CHATCTL_DATA, else $XDG_DATA_HOME/chatctl, else ~/.local/share/chatctl.
func (e Env) DataDir() (string, error) {
	if dir := e.Getenv("CHATCTL_DATA"); dir != "" {
		return filepath.Abs(dir)
	}
	return e.base("XDG_DATA_HOME", filepath.Join(".local", "share"), "give --data DIR, or set XDG_DATA_HOME or HOME")
}

// base follows the XDG base directory specification: a relative path in the
// variable is invalid and ignored.
func (e Env) base(variable, below, do string) (string, error) {
	if dir := e.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "chatctl"), nil
	}
	for _, home := range []string{e.Getenv("HOME"), e.Getenv("USERPROFILE")} {
		if filepath.IsAbs(home) {
			return filepath.Join(home, below, "chatctl"), nil
		}
	}
	return "", &Error{Status: Usage, What: "there is no home directory to keep files in", Do: do}
}

// Terminal reports whether stream, one of Env's, is a terminal.
func Terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width is the number of columns of stdout, or 0 where it is no terminal.
func (e Env) Width() int {
	f, ok := e.Stdout.(*os.File)
	if !ok {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}

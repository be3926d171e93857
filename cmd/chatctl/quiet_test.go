package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

func TestACommandAsksTheTerminalNothing(t *testing.T) {
	program, err := os.Executable() // which is chatctl under that name
	if err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: program, Args: []string{"chatctl", "version"}, Env: append(os.Environ(), "TERM=xterm")}
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	shown, err := io.ReadAll(terminal)
	if err != nil && !errors.Is(err, syscall.EIO) { // how the end of a program looks
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if s := string(shown); !strings.HasPrefix(s, "chatctl ") || strings.ContainsRune(s, '\x1b') {
		t.Errorf("a terminal gets %q", s)
	}
}

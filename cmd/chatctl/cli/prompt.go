package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Asker asks a person, on stderr, and reads the answers from stdin. Passwords
// are not echoed. It serves one command, and one goroutine.
type Asker struct {
	env   Env
	lines *bufio.Reader
}

// NewAsker asks through e.
func NewAsker(e Env) *Asker { return &Asker{env: e, lines: bufio.NewReader(e.Stdin)} }

// Line asks question and returns the answer without its line end. Where stdin
// is no terminal it fails and names flag, which would have answered.
func (a *Asker) Line(ctx context.Context, question, flag string) (string, error) {
	if !Terminal(a.env.Stdin) {
		return "", Misused("give "+flag, "%s is missing, and stdin is no terminal to ask on", flag)
	}
	fmt.Fprintf(a.env.Stderr, "%s: ", question)
	s, err := wait(ctx, a.line)
	if errors.Is(err, io.EOF) {
		fmt.Fprintln(a.env.Stderr) // the question's line is open still
		err = unanswered("answer it, or give " + flag)
	}
	return s, err
}

func unanswered(do string) error {
	return &Error{Status: Refused, What: "the question was not answered", Do: do}
}

// Password reads a password: the first line of stdin when piped is set, else
// from a person, without echo and, to set a new one, twice.
func (a *Asker) Password(ctx context.Context, piped, twice bool) (Secret, error) {
	if piped {
		s, err := a.piped(ctx)
		if err == nil && s == "" {
			err = Misused("pipe the password in: printf %s \"$PASSWORD\" | chatctl …", "the password on stdin is empty")
		}
		return Secret(s), err
	}
	if !Terminal(a.env.Stdin) {
		return "", Misused("pipe it in and give --password-stdin", "stdin is no terminal to ask a password on")
	}
	first, err := a.hidden(ctx, "Password")
	if err != nil || !twice {
		return first, err
	}
	second, err := a.hidden(ctx, "The same again")
	if err == nil && first != second {
		err = Misused("type the same password twice", "the two passwords differ")
	}
	return first, err
}

// Code asks for the code that went to the e-mail address; piped, it is the next line of stdin.
func (a *Asker) Code(ctx context.Context, piped bool) (string, error) {
	if piped {
		return a.piped(ctx)
	}
	return a.Line(ctx, "Code from the e-mail", "--password-stdin")
}

// piped is the next line of a stdin that holds all the answers.
func (a *Asker) piped(ctx context.Context) (string, error) {
	s, err := wait(ctx, a.line)
	if errors.Is(err, io.EOF) {
		err = Misused("each is a line of stdin, in the order that --help tells", "stdin ended before all that was asked for")
	}
	return s, err
}

func (a *Asker) line() (string, error) {
	s, err := a.lines.ReadString('\n')
	if errors.Is(err, io.EOF) && s != "" {
		err = nil
	}
	return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r"), err
}

// hidden turns the echo off and restores the terminal also when ctx ends first.
func (a *Asker) hidden(ctx context.Context, question string) (Secret, error) {
	fd := int(a.env.Stdin.(*os.File).Fd()) // Terminal has said so
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("preparing the terminal: %w", err)
	}
	fmt.Fprintf(a.env.Stderr, "%s: ", question)
	s, err := wait(ctx, func() (string, error) {
		b, err := term.ReadPassword(fd)
		return string(b), err
	})
	fmt.Fprintln(a.env.Stderr)
	if errors.Is(err, io.EOF) {
		err = unanswered("answer it, or pipe it in and give --password-stdin")
	}
	return Secret(s), errors.Join(err, term.Restore(fd, before))
}

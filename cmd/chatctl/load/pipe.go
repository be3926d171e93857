package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/signal"
	"syscall"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
)

// closedPipe is the exit status of what its reader left, as of a command that dies of it.
const closedPipe = 128 + int(syscall.SIGPIPE)

// unpiped does work that has to clear up also when nobody reads what it writes
// (| head): it is not killed by the signal, but its write fails. end ends it early.
func unpiped(ctx context.Context, work func(ctx context.Context, end context.CancelCauseFunc) error) error {
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	err := work(ctx, end)
	var write *fs.PathError // a connection breaks as another type
	if errors.As(err, &write) && errors.Is(write, syscall.EPIPE) {
		return &cli.Error{Status: closedPipe, Err: err}
	}
	return err
}

// say tells how it goes on stderr. Where nobody reads that any more, nobody waits for the end.
func (a *commands) say(end context.CancelCauseFunc, line string) {
	if _, err := fmt.Fprintln(a.Env.Stderr, line); errors.Is(err, syscall.EPIPE) {
		end(err)
	}
}

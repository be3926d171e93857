package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Signal is why a command's context ended: a signal asked for it.
type Signal struct{ os.Signal }

func (s Signal) Error() string { return s.String() + " signal received" }

// Is makes a signal what cancelled the context.
func (s Signal) Is(target error) bool { return target == context.Canceled }

// Attend returns a context that ends with the first interrupt, request to
// terminate or, unless the process was started to outlive it (nohup), loss of its
// terminal. A second signal ends the process at once (promises, rule 13).
func Attend(ctx context.Context) context.Context {
	ctx, end := context.WithCancelCause(ctx)
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(asked, syscall.SIGHUP)
	}
	go func() { // for as long as the process
		s := <-asked
		signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		end(Signal{s})
	}()
	return ctx
}

// interruption is the exit status of a command that cause ended before it was done.
func interruption(cause error) int {
	var s Signal
	if errors.As(cause, &s) {
		if n, ok := s.Signal.(syscall.Signal); ok {
			return 128 + int(n)
		}
	}
	return Interrupted
}

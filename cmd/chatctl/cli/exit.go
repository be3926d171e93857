package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/stream"
)

// The exit statuses, for scripts. They are a contract: none changes its meaning.
const (
	OK          = 0
	Refused     = 1   // the answer is no, or the command could not do its work
	Usage       = 2   // the command, a flag or a value is wrong
	SignedOut   = 3   // not signed in, or not allowed
	Unreachable = 4   // no server, or it takes nothing now: nothing was accepted
	Unknown     = 5   // accepted or unknown, and no result within --timeout; or done, and that could not be printed
	Generator   = 98  // the load generator was the limit
	Threshold   = 99  // a threshold was crossed
	Interrupted = 130 // Ctrl-C; after another signal 128 and its number
)

// Error is a failure in the user's words. What says what was wrong, Do what to
// do about it; Err is the cause, if any.
type Error struct {
	Status   int
	What, Do string
	Err      error
}

func (e *Error) Error() string {
	if e.Err != nil && e.What != "" {
		return e.What + ": " + e.Err.Error()
	}
	if e.Err != nil {
		return e.Err.Error()
	}
	return e.What
}

func (e *Error) Unwrap() error { return e.Err }

// Misused is a wrong command, flag or value: exit status 2.
func Misused(do, what string, args ...any) *Error {
	return &Error{Status: Usage, What: fmt.Sprintf(what, args...), Do: do}
}

// Status is the exit status that err stands for.
func Status(err error) int {
	if err == nil {
		return OK
	}
	status, _ := explain(err)
	return status
}

// Report tells a person on w what err was and what to do about it, in one or
// two lines, and returns the exit status. ctx is the command's: when it has
// ended the command was interrupted, whatever broke because of that.
func Report(ctx context.Context, w io.Writer, err error) int {
	if err == nil {
		return OK
	}
	reached, do := explain(err)
	status := reached
	cause := context.Cause(ctx)
	if cause != nil {
		status = interruption(cause)
	}
	what := err.Error()
	switch {
	case cause == nil && status != Interrupted:
	case errors.Is(err, context.Canceled), errors.Is(err, cause):
		what = "interrupted"
		if reached == Unreachable { // no fault of the server's
			do = ""
		}
	default: // a drain, or a file, that went wrong on the way out
		what = "interrupted: " + what
	}
	fmt.Fprintf(w, "chatctl: %s\n", text.Show(strings.ReplaceAll(what, "\n", "; ")))
	if do != "" {
		fmt.Fprintf(w, "  %s\n", text.Show(do))
	}
	return status
}

// explain is the one place that decides what an error means to a script.
func explain(err error) (status int, do string) {
	var own *Error
	var problem *api.Problem
	var closed *stream.ClosedError
	var untrusted *client.TLSError
	switch {
	case errors.As(err, &untrusted):
		return Unreachable, untrusted.Do
	case errors.As(err, &own):
		if own.Err == nil || own.Status != 0 && own.Do != "" {
			return own.Status, own.Do
		}
		status, do = explain(own.Err)
		if own.Status != 0 {
			status = own.Status
		}
		if own.Do != "" {
			do = own.Do
		}
		return status, do
	case errors.As(err, &problem):
		return explainProblem(problem)
	case errors.As(err, &closed):
		return explainClosed(closed.Code)
	case errors.Is(err, client.ErrForeign):
		return Refused, elsewhere
	case errors.Is(err, client.ErrReadOnly):
		return SignedOut, "take another profile with --profile, or lift it: chatctl profile read-only NAME --off"
	case errors.Is(err, client.ErrUnknown):
		return Unknown, "it may have been done: look before you run it again"
	case errors.Is(err, client.ErrUnreachable):
		return Unreachable, "nothing was accepted; start a server with chatctl serve, or name another with --server URL"
	case errors.Is(err, context.Canceled):
		return Interrupted, ""
	}
	return Refused, ""
}

const elsewhere = "what answers there is no chatctl server, or one of another version: name yours with --server URL"

const signIn = "sign in: chatctl login --server URL --handle HANDLE"

func explainClosed(code api.CloseCode) (status int, do string) {
	switch code {
	case api.CloseSignIn:
		return SignedOut, signIn
	case api.CloseForbidden:
		return SignedOut, ""
	}
	return Refused, "this is a bug of chatctl or of the server; compare their versions"
}

func explainProblem(p *api.Problem) (status int, do string) {
	switch p.Code {
	case "invalid", "too_large", "unsupported", "method_not_allowed", "upgrade_required":
		return Usage, ""
	case "signed_out":
		return SignedOut, signIn
	case "bad_credentials", "forbidden":
		return SignedOut, ""
	case "refused":
		return explainReason(p.Reason)
	case "held":
		return Unknown, "an administrator decides: chatctl admin held list"
	case "unavailable", "starting", "storage_full":
		return Unreachable, again(p, "nothing was accepted; run it again later")
	case "unknown_outcome", "internal":
		return Unknown, again(p, "it may have been done; look before you run it again")
	case "too_many":
		return Refused, again(p, "wait a moment and run it again")
	case "": // not in chatctl's words
		if p.Status >= 500 && p.Status != http.StatusNotImplemented { // RFC 9110, 15.6.2: it can do nothing of the kind
			return Unknown, "a proxy answered for the server; it may have been done: look before you run it again"
		}
		if p.Status == http.StatusBadRequest { // as Go's servers answer who speaks no TLS to them
			return Refused, elsewhere + "; if it wants TLS, with https://"
		}
		return Refused, elsewhere
	}
	return Refused, ""
}

func again(p *api.Problem, do string) string {
	if p.RetryAfter > 0 {
		return fmt.Sprintf("%s (the server asks for %d s)", do, p.RetryAfter)
	}
	return do
}

// explainReason puts the closed list of reasons into the words of what to do.
// One who lacks the right gets the same status whether the gateway or the
// commit said so.
func explainReason(r api.Reason) (status int, do string) {
	switch r {
	case api.ReasonSignedOut:
		return SignedOut, signIn
	case api.ReasonForbidden, api.ReasonSuspended:
		return SignedOut, ""
	case api.ReasonNotMember:
		return Refused, "see your groups: chatctl group list"
	case api.ReasonBlockedByYou:
		return Refused, "lift your block first: chatctl unblock @HANDLE"
	case api.ReasonUnavailable:
		return Refused, "check the handle"
	}
	return Refused, ""
}

// IsProblem reports whether err is the problem with that code.
func IsProblem(err error, code string) bool {
	var p *api.Problem
	return errors.As(err, &p) && p.Code == code
}

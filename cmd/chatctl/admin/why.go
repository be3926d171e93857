package admin

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) why() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "why ACTION",
		Short: "Follow one action: who sent it, what became of it, who has it",
		Long: `Follow one action: who sent it, what became of it and why, where it lies on the
log, which worker decided it, for how many connections the gateway pushed what
it made, and which members and devices have it. ACTION is the id that the
sender's answer, result and entry name. Worker and gateway remember the last
4,096 of each, until they end; what is not kept any more is said. Exit status 5
if nothing is stored of it: it may still wait on the log.`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		var id api.ActionID
		if err := id.UnmarshalText([]byte(args[0])); err != nil {
			return cli.Misused("it is what chatctl -o json send prints as action", "ACTION is the id of one: %v", err)
		}
		t, err := admin.Trail(ctx, id)
		if err != nil {
			return err
		}
		if err := p.One(t, trail(t)); err != nil {
			return err
		}
		if len(t.Found) == 0 {
			return &cli.Error{Status: cli.Unknown, What: "nothing is stored of the action " + id.String()}
		}
		return nil
	})
}

// trail is t for a person, a line a fact.
func trail(t api.Trail) string {
	lines := []string{"action " + t.Action.String()}
	if t.Made != 0 {
		lines = append(lines, "made at "+t.Made.String()+" by its sender's clock")
	}
	for _, f := range t.Found {
		lines = append(lines, traced(f)...)
	}
	if len(t.Found) == 0 {
		lines = append(lines, "not decided here: it was never accepted, waits on the log, is older than what is kept of outcomes, or went with a conversation that was nobody's")
	}
	return strings.Join(append(lines, waiting(t.Log)), "\n")
}

// waiting says whether anything accepted is still to be decided.
func waiting(l api.LogState) string {
	switch {
	case l.Accepted == 0:
		return fmt.Sprintf("log: decided up to %d here; how much was accepted is not known", l.Decided)
	case l.Accepted > l.Decided:
		return fmt.Sprintf("log: accepted up to %d, decided up to %d: some wait", l.Accepted, l.Decided)
	}
	return fmt.Sprintf("log: accepted and decided up to %d: none waits", l.Decided)
}

func traced(f api.Traced) []string {
	r := f.Result
	lines := []string{"sent by " + whose(f), "became " + decided(r) + " at " + r.Time.String()}
	if !r.Conversation.IsZero() {
		place := "conversation " + r.Conversation.String()
		if r.Seq > 0 {
			place += fmt.Sprintf(", entry %d", r.Seq)
		}
		lines = append(lines, place)
	}
	switch {
	case f.Held != nil:
		lines = append(lines, "held at "+f.Held.Place()+": "+f.Held.Cause, "settle it: chatctl admin held retry|drop "+f.Sender.String()+" "+r.Action.String())
	case f.Decided != nil:
		d := f.Decided
		lines = append(lines, fmt.Sprintf("its place on the log: %d, in partition %d", d.Position, d.Partition),
			fmt.Sprintf("decided at %s by the worker %s, in its term %d of the partition", d.Time, d.Worker, d.Term))
	case f.Position > 0:
		lines = append(lines, fmt.Sprintf("its place on the log: %d; by which worker it was decided is not kept any more", f.Position))
	default:
		lines = append(lines, "its place on the log, and by which worker it was decided, is not kept any more")
	}
	if f.Way != nil {
		lines = append(lines, pushed(r, f.Way)...)
	}
	if f.Reach != nil {
		lines = append(lines, reached(f.Reach)...)
	}
	if f.Way != nil {
		lines = append(lines, acknowledged(f)...)
	}
	return lines
}

// pushed says to whom the gateway pushed an entry, or why that is not known.
func pushed(r api.Result, w *api.Way) (lines []string) {
	for _, p := range w.Pushes {
		lines = append(lines, fmt.Sprintf("pushed at %s by the gateway %s, for %s", p.Time, w.Gateway, plural.Of(p.Connections, "connection")))
	}
	switch {
	case len(lines) > 0:
	case r.Time < w.PushesSince:
		lines = append(lines, fmt.Sprintf("whether the gateway %s pushed it is not kept any more: it remembers pushes since %s", w.Gateway, w.PushesSince))
	default:
		lines = append(lines, fmt.Sprintf("the gateway %s pushed it to nobody: no member had a live stream there", w.Gateway))
	}
	return append(lines, "other gateways, if there are any, were not asked")
}

// acknowledged says which devices told the gateway that they have an entry.
func acknowledged(f api.Traced) (lines []string) {
	handles := map[api.UserID]string{}
	if f.Reach != nil { // a server of another version may leave it out
		for _, m := range f.Reach.Members {
			handles[m.User] = "@" + m.Handle
		}
	}
	for _, a := range f.Way.Acknowledged[:min(len(f.Way.Acknowledged), api.ReachMembers)] {
		line := fmt.Sprintf("%s's session %s acknowledged it at %s %s", cmp.Or(handles[a.User], a.User.String()), a.Session, a.Received, by(a.Connection))
		if a.Read != 0 {
			line += ", and as read at " + a.Read.String()
		}
		lines = append(lines, line)
	}
	if n := len(f.Way.Acknowledged) - len(lines); n > 0 {
		lines = append(lines, "and "+plural.Of(n, "more device")+": -o json")
	}
	if f.Result.Time < f.Way.MarksSince {
		lines = append(lines, "which devices acknowledged it before "+f.Way.MarksSince.String()+" is not kept any more")
	}
	return lines
}

func by(stream int64) string {
	if stream == 0 {
		return "by a request"
	}
	return fmt.Sprintf("by its stream %d", stream)
}

func whose(f api.Traced) string {
	if f.Handle == "" {
		return f.Sender.String() + ", which is no account (any more)"
	}
	return "@" + f.Handle + " (" + f.Sender.String() + ")"
}

// refusals say the rule behind a reason, where an administrator may ask for more
// than its sender may know. Which case of unavailable it was is not kept.
var refusals = map[api.Reason]string{
	api.ReasonUnavailable: "the receiver is unknown, suspended or deleted, or blocks the sender; which is not kept",
	api.ReasonNotMember:   "there is no such conversation, or the sender was not in it then",
	api.ReasonForbidden:   "a member without the right",
	api.ReasonSignedOut:   "the session was revoked before it was decided",
	api.ReasonSuspended:   "the sender was suspended or deleted before it was decided",
	api.ReasonDropped:     "an administrator dropped it while it was held",
}

func decided(r api.Result) string {
	said := string(r.Outcome)
	if r.Reason != "" {
		said += ": " + string(r.Reason)
	}
	if rule := refusals[r.Reason]; rule != "" {
		said += " (" + rule + ")"
	}
	return said
}

func reached(r *api.Reach) []string {
	lines := []string{fmt.Sprintf("%d may read it: %d have received it, %d have read it", r.Entitled, r.Received, r.Read)}
	for _, m := range r.Members {
		has := "has not said that it received it"
		switch {
		case m.Read:
			has = "has read it"
		case m.Received:
			has = "has received it"
		}
		lines = append(lines, fmt.Sprintf("@%s %s; %s", m.Handle, has, streams(m.Streams)))
	}
	if n := r.Entitled - int64(len(r.Members)); n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more: chatctl admin conversations members", n))
	}
	return append(lines, "streams are those open at this gateway now")
}

func streams(numbers []int64) string {
	switch len(numbers) {
	case 0:
		return "no stream is open"
	case 1:
		return fmt.Sprintf("stream %d", numbers[0])
	}
	return "streams " + strings.Trim(fmt.Sprint(numbers), "[]")
}

package servertest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history/record"
)

// AwaitOutcome waits until an action has a stored outcome.
func (p *Person) AwaitOutcome(id api.ActionID) (r api.Result) {
	p.t.Helper()
	p.within("the outcome of "+id.String(), func(ctx context.Context) bool {
		return p.Insist(ctx, "GET", "/v1/actions/"+id.String(), nil, &r) == nil
	})
	return r
}

// AwaitRead waits until the person's head shows that seq is read, and records the heads on the way.
func (p *Person) AwaitRead(c api.ConversationID, seq int64) {
	p.t.Helper()
	p.until(fmt.Sprintf("the read mark %d", seq), func() bool {
		var h api.Head
		p.Get("/v1/conversations/"+c.String(), &h)
		p.Recorder.History.Head(p.Handle, h)
		return h.ReadSeq == seq
	})
}

// AwaitSeen waits until the person's socket has seen an entry of a conversation at or after seq.
func (p *Person) AwaitSeen(c api.ConversationID, seq int64) {
	p.t.Helper()
	p.within(fmt.Sprintf("seq %d on the socket", seq), func(ctx context.Context) bool { return p.Person.AwaitSeen(ctx, c, seq) })
}

// within fails the test when something does not come.
func (p *Person) within(what string, come func(context.Context) bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if !come(ctx) {
		p.t.Fatalf("%s: %s did not come within %v", p.Handle, what, patience)
	}
}

// until asks again and again until it is so.
func (p *Person) until(what string, so func() bool) {
	p.t.Helper()
	p.within(what, func(ctx context.Context) bool { return record.Until(ctx, so) })
}

// AwaitResumed waits until the person's suspension has ended and a message of
// theirs is sent to somebody.
func (p *Person) AwaitResumed(to string) {
	p.t.Helper()
	p.until("the end of the suspension", func() bool {
		status, _ := p.HTTP("GET", "/v1/me", nil, nil)
		return status == http.StatusOK && p.Ask(api.Action{Type: api.SendMessage, To: to, Text: "back"}).Reason == ""
	})
}

// AwaitStatus waits until a read is answered with a status.
func (p *Person) AwaitStatus(path string, want int) {
	p.t.Helper()
	p.until("an answer "+strconv.Itoa(want), func() bool {
		status, _ := p.HTTP("GET", path, nil, nil)
		return status == want
	})
}

// AskUntilRefused asks for an action over HTTP and reports whether it was
// refused for want of storage. Any other refusal fails the test.
func (p *Person) AskUntilRefused(a api.Action) bool {
	p.t.Helper()
	x, problem := p.Try(p.t.Context(), a)
	if problem == nil {
		return false
	}
	p.Recorder.History.Reject(x, problem)
	if problem.Code != "storage_full" {
		p.t.Errorf("%s: %s: %v", p.Handle, a.Type, problem)
	}
	return true
}

// AwaitAdmitted sends to a person until the server takes work again.
func (p *Person) AwaitAdmitted(to string) {
	p.t.Helper()
	p.until("room for new work", func() bool {
		return !p.AskUntilRefused(api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: to, Text: "room again?"})
	})
}

package servertest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// AwaitOutcome waits until an action has a stored outcome.
func (p *Person) AwaitOutcome(id api.ActionID) (r api.Result) {
	p.t.Helper()
	p.until("the outcome of "+id.String(), func() bool {
		status, _ := p.HTTP("GET", "/v1/actions/"+id.String(), nil, &r)
		return status == http.StatusOK
	})
	return r
}

// Mark marks a conversation as received and read up to a seq.
func (p *Person) Mark(c api.ConversationID, seq int64) {
	p.t.Helper()
	if status, problem := p.HTTP("PUT", "/v1/conversations/"+c.String()+"/marks", map[string]any{"received": seq, "read": seq}, nil); status != http.StatusNoContent {
		p.t.Fatalf("%s: marking: status %d, %v", p.Handle, status, problem)
	}
}

// AwaitRead waits until the person's head shows that seq is read, and records the heads on the way.
func (p *Person) AwaitRead(c api.ConversationID, seq int64) {
	p.t.Helper()
	p.until(fmt.Sprintf("the read mark %d", seq), func() bool {
		var h api.Head
		p.Get("/v1/conversations/"+c.String(), &h)
		p.history.Head(p.Handle, h)
		return h.ReadSeq == seq
	})
}

// AwaitSeen waits until the person's socket has seen an entry of a conversation at or after seq.
func (p *Person) AwaitSeen(c api.ConversationID, seq int64) {
	p.t.Helper()
	p.until(fmt.Sprintf("seq %d on the socket", seq), func() bool {
		return p.history.HasSeen(p.Handle, c, seq)
	})
}

// until asks again and again until it is so.
func (p *Person) until(what string, so func() bool) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: %s did not come within %v", p.Handle, what, patience)
		}
		<-tick.C
	}
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

// AskUntilRefused asks for an action over HTTP and reports whether it was
// refused for want of storage. Any other refusal fails the test.
func (p *Person) AskUntilRefused(a api.Action) bool {
	p.t.Helper()
	x, problem := p.Try(p.t.Context(), a)
	if problem == nil {
		return false
	}
	p.history.Reject(x, problem)
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

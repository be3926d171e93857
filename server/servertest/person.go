package servertest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/chatctl/chatctl/server/history/record"
)

// patience is how long a person waits for what must come.
const patience = time.Minute

// Person is a signed-in client of a server under test, who fails the test when
// what must come does not.
type Person struct {
	*record.Person
	User api.UserID

	t *testing.T
}

// Must asks for an action over HTTP and returns its result; a refusal fails the test.
func (p *Person) Must(a api.Action) api.Result {
	p.t.Helper()
	r := p.Ask(a)
	if r.Outcome == api.Refused {
		p.t.Fatalf("%s: %s was refused: %s", p.Handle, a.Type, r.Reason)
	}
	return r
}

// Ask asks for an action over HTTP and returns its outcome, refused or not. While
// that is not known, as after a standstill of the machine, it asks again.
func (p *Person) Ask(a api.Action) api.Result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	var x *history.Asked
	var problem *api.Problem
	record.Until(ctx, func() bool {
		x, problem = p.Try(ctx, a)
		a = x.Action // with its key
		return problem == nil || problem.Code != "unknown_outcome"
	})
	if problem != nil {
		p.t.Fatalf("%s: %s: %v", p.Handle, a.Type, problem)
	}
	return x.Results[0]
}

// Get reads a path into v; anything but success fails the test.
func (p *Person) Get(path string, v any) {
	p.t.Helper()
	p.must(p.Person.Get(p.t.Context(), path, v))
}

// HTTP makes any request; a problem is returned, not failed on.
func (p *Person) HTTP(method, path string, body, v any, header ...string) (int, *api.Problem) {
	return p.Request(p.t.Context(), method, path, body, v, header...)
}

// Whole reads all that a person may see of a conversation.
func (p *Person) Whole(c api.ConversationID) api.Page {
	p.t.Helper()
	page, err := p.Entries(p.t.Context(), c)
	p.must(err)
	return page
}

// Messages reads all messages of a conversation as they stand for the person.
func (p *Person) Messages(c api.ConversationID) []api.Entry {
	p.t.Helper()
	all, err := p.Person.Messages(p.t.Context(), c)
	p.must(err)
	return all
}

// Conversations reads every head.
func (p *Person) Conversations() []api.Head {
	p.t.Helper()
	heads, err := p.Person.Conversations(p.t.Context())
	p.must(err)
	return heads
}

// Mark marks a conversation as received and read up to a seq.
func (p *Person) Mark(c api.ConversationID, seq int64) {
	p.t.Helper()
	if status, problem := p.HTTP("PUT", "/v1/conversations/"+c.String()+"/marks", map[string]any{"received": seq, "read": seq}, nil); status != http.StatusNoContent {
		p.t.Fatalf("%s: marking: status %d, %v", p.Handle, status, problem)
	}
}

// EraseAccount erases the person's own account.
func (p *Person) EraseAccount(ctx context.Context) { p.Erase(ctx, Password(p.Handle)) }

// must fails the test on an error, which says whose it is.
func (p *Person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

package server_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/chatctl/chatctl/server/servertest"
)

// Each of these breaks one promise on purpose and wants the checker, or the
// start, to notice: a check that cannot fail shows nothing.
func TestTheCheckerNoticesEachBrokenPromise(t *testing.T) {
	for _, c := range []struct {
		name    string
		options servertest.Options
		notice  []string // promises, any of which must be reported
		story   func(*testing.T, *servertest.Server)
	}{
		{"no dedupe", withChat(func(o *servertest.Options) { o.Chat.NoDedupe = true }), []string{"once", "A2"}, twice},
		{"no publication of a dedupe hit", withChat(func(o *servertest.Options) { o.Chat.NoRepublish = true }), []string{"result"}, unheard},
		{"refusals are not stored", withChat(func(o *servertest.Options) { o.Chat.RefusalsNotStored = true }), []string{"A1", "A2"}, refusedTwice},
		{"no block check at commit", withChat(func(o *servertest.Options) { o.Chat.NoBlockCheck = true }), []string{"B"}, blocked},
		{"a skipped seq", withChat(func(o *servertest.Options) { o.Chat.SkipSeq = true }), []string{"dense"}, sending},
		{"marks go back", withChat(func(o *servertest.Options) { o.Chat.MarksGoBack = true }), []string{"A5", "A4"}, marking},
		{"an edit changes no message", withChat(func(o *servertest.Options) { o.Chat.EditsNotApplied = true }), []string{"edit"}, editing},
		{"a deletion leaves versions", withChat(func(o *servertest.Options) { o.Chat.DeleteKeepsVersions = true }), []string{"deleted"}, deleting},
		{"no role is asked for", withChat(func(o *servertest.Options) { o.Chat.NoRoleCheck = true }), []string{"role"}, usurping},
		{"who leaves goes on reading", withChat(func(o *servertest.Options) { o.Chat.LeavingEndsNothing = true }), []string{"entitled"}, rejoining},
		{"who joins has everything to read", withChat(func(o *servertest.Options) { o.Chat.JoiningReadsNothing = true }), []string{"A5"}, rejoining},
		{"an erasure leaves the words", withChat(func(o *servertest.Options) { o.Chat.ErasureKeepsWords = true }), []string{"erased"}, erasing},
		{"a purge leaves the words", withChat(func(o *servertest.Options) { o.Chat.PurgeKeepsWords = true }), []string{"deleted"}, purging},
		{"a suspension without effect", withChat(func(o *servertest.Options) { o.Chat.StandingUnheard = true }), []string{"R"}, suspending},
		{"results before the commit", withChat(func(o *servertest.Options) { o.Chat.PublishBeforeCommit = true }), []string{"A1", "A2", "agreement"}, killedWhenTold},
		{"rooms open with a gap", servertest.Options{FailOpen: true, LoseLive: 5}, []string{"A3"}, chatting},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := servertest.Process(t, c.options)
			c.story(t, srv)
			srv.Calm()
			wantBroken(t, srv, c.notice)
		})
	}
}

func withChat(set func(*servertest.Options)) (o servertest.Options) {
	set(&o)
	return o
}

func wantBroken(t *testing.T, srv *servertest.Server, promises []string) {
	t.Helper()
	var broken []string
	for _, v := range history.Check(srv.History) {
		if v.Broken > 0 && slices.Contains(promises, v.Promise) {
			return
		}
		broken = append(broken, v.How...)
	}
	t.Errorf("none of %v was reported, but %v", promises, broken)
}

// killedWhenTold kills the server as soon as a result is told: what was told must
// be there. On a busy machine a kill comes too late for that, and is tried again.
func killedWhenTold(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	for range 40 {
		p[0].Connect()
		p[1].Connect()
		told := p[0].Do(t.Context(), api.Action{Type: api.SendMessage, To: "bob", Text: "told"})
		srv.Kill()
		if err := srv.Restart(); err != nil {
			t.Fatal(err)
		}
		if p[0].AwaitOutcome(told.Action.ID) != told.Results[0] {
			return
		}
	}
}

// twice sends an action again that was answered already.
func twice(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: "bob", Text: "once"}
	p[0].Ask(a)
	p[0].Ask(a)
}

// unheard sends an action whose first answer is lost with the connection.
func unheard(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: "bob", Text: "once"}
	if status, problem := p[0].HTTP("POST", "/v1/direct/bob/messages", map[string]any{"text": "once"}, nil, "Idempotency-Key", a.ID.String()); status != 202 {
		t.Fatal(status, problem)
	}
	p[0].AwaitOutcome(a.ID)
	p[0].Connect()
	for patience := 2 * time.Second; patience <= time.Minute; patience *= 2 { // a result takes milliseconds
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		asked := p[0].Do(ctx, a)
		cancel()
		if asked.Accepted != 0 {
			return
		}
	}
	t.Error("it was never accepted: the test shows nothing")
}

// refusedTwice sends a refused action again once it would be allowed.
func refusedTwice(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	p[1].Must(api.Action{Type: api.SetBlock, To: "ada"})
	a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: "bob", Text: "may I?"}
	p[0].Ask(a)
	p[1].Must(api.Action{Type: api.ClearBlock, To: "ada"})
	p[0].Ask(a)
}

func blocked(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	p[0].Ask(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	p[1].Must(api.Action{Type: api.SetBlock, To: "ada"})
	p[0].Ask(api.Action{Type: api.SendMessage, To: "bob", Text: "still there?"})
}

func editing(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	r := p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "helo"})
	p[0].Must(api.Action{Type: api.EditMessage, Conversation: r.Conversation, Target: r.Seq, Text: "hello"})
}

func deleting(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	r := p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "secret"})
	p[0].Must(api.Action{Type: api.EditMessage, Conversation: r.Conversation, Target: r.Seq, Text: "still secret"})
	p[0].Must(api.Action{Type: api.DeleteMessage, Conversation: r.Conversation, Target: r.Seq})
}

// usurping lets a plain member do what only owners may.
func usurping(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	g := p[0].Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}}).Conversation
	p[1].Ask(api.Action{Type: api.RenameGroup, Conversation: g, Name: "mine"})
}

// rejoining leaves a group and comes back: what was said meanwhile is not read.
func rejoining(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	g := p[0].Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}}).Conversation
	p[1].Must(api.Action{Type: api.LeaveGroup, Conversation: g})
	p[0].Must(api.Action{Type: api.SendMessage, Conversation: g, Text: "behind bob's back"})
	p[0].Must(api.Action{Type: api.AddMember, Conversation: g, To: "bob"})
}

// erasing lets one of two people erase their account.
func erasing(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	p[1].Must(api.Action{Type: api.SendMessage, To: "ada", Text: "a secret of bob"})
	p[1].Conversations()
	p[1].EraseAccount(t.Context())
}

// purging purges a conversation in which a message was edited.
func purging(t *testing.T, srv *servertest.Server) {
	editing(t, srv)
	srv.Administer(t.Context(), srv.History.Asked[0].Results[0].Conversation, "POST", "purge", nil)
}

// suspending suspends somebody who goes on talking where they are connected.
func suspending(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	p[1].Connect()
	srv.Suspend(t.Context(), "bob")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p[1].Do(ctx, api.Action{Type: api.SendMessage, To: "ada", Text: "I am still here"})
	srv.Resume(t.Context(), "bob")
}

func sending(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	for range 20 {
		p[0].Ask(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	}
}

// chatting lets four people talk in one group, with sockets open.
func chatting(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob", "cyd", "dan")
	g := p[0].Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob", "cyd", "dan"}}).Conversation
	for _, one := range p {
		one.Connect()
	}
	for n := range 40 {
		p[n%4].Ask(api.Action{Type: api.SendMessage, Conversation: g, Text: "hello " + strings.Repeat("x", n)})
	}
	p[1].AwaitSeen(g, 41)
}

func marking(t *testing.T, srv *servertest.Server) {
	p := srv.People("ada", "bob")
	var c api.ConversationID
	for range 5 {
		c = p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"}).Conversation
	}
	p[1].Mark(c, 4)
	p[1].AwaitRead(c, 4)
	p[1].Mark(c, 2)
	p[1].AwaitRead(c, 2) // the fault: it stays at 4
}

// TestPurgingBelowTheCommittedPositionIsRefusedAtTheNextStart: what is purged
// must have gone out; else a kill in between loses results.
func TestPurgingBelowTheCommittedPositionIsRefusedAtTheNextStart(t *testing.T) {
	o := servertest.Options{PurgeBytes: 1}
	o.Bus.PurgeCommitted = true
	srv := servertest.Process(t, o)
	people := srv.People("p00", "p01", "p02", "p03", "p04", "p05", "p06", "p07", "p08", "p09", "p10", "p11")
	ctx, cancel := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	defer busy.Wait()
	defer cancel()
	for _, p := range people {
		busy.Go(func() { p.Stay(ctx) })
		for range 4 {
			busy.Go(func() {
				for ctx.Err() == nil {
					p.Do(ctx, api.Action{Type: api.SendMessage, To: people[0].Handle, Text: "hello"})
				}
			})
		}
	}
	for range 20 { // a batch of several stored messages must lie between the two positions
		awaitAnswers(t, srv, 50)
		srv.Kill()
		if err := srv.Restart(); err != nil {
			if !strings.Contains(err.Error(), "--accept-log-loss") {
				t.Fatalf("refused without the way out: %v", err)
			}
			return
		}
	}
	t.Error("the start was never refused")
}

// TestResumingTheEnginesOwnConsumerLosesAcceptedActions shows why the position
// decides (promises, rule 6): with the engine's state, a kill loses what was accepted.
func TestResumingTheEnginesOwnConsumerLosesAcceptedActions(t *testing.T) {
	o := servertest.Options{}
	o.JetStream.ResumeStored = true
	srv := servertest.Process(t, o)
	s := story{people: 8, groups: 1, actions: 150, kills: 16, answers: 50, patience: 2 * time.Minute, mayEnd: true}
	s.attempt(t, srv)
	if err := srv.Ended(); err != nil {
		t.Logf("the server noticed it itself: %v", err)
		return
	}
	srv.Calm()
	wantBroken(t, srv, []string{"A1", "A2", "result", "dense", "order"})
}

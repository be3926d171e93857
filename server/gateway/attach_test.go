package gateway_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func entryOf(a api.ActionID) func(api.ServerFrame) bool {
	return func(f api.ServerFrame) bool { return f.Kind == api.FrameEntry && f.Event.Action == a }
}

func headOf(c api.ConversationID) func(api.ServerFrame) bool {
	return func(f api.ServerFrame) bool { return f.Kind == api.FrameHead && f.Head.Conversation == c }
}

func TestWhoIsAddedWhileConnectedHearsWhatFollows(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob")
	ada, bob := p[0], p[1]
	ear := bob.Connect()
	g := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}}).Conversation
	ear.Next(headOf(g))
	ear.Next(entryOf(ada.Must(api.Action{Type: api.SendMessage, Conversation: g, Text: "one"}).Action))
	first := ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	if h := ear.Next(headOf(first.Conversation)); h.Head.LastSeq != 1 || h.Head.Peer != "ada" {
		t.Errorf("the head of a first message: %+v", h.Head)
	}
	ear.Next(entryOf(ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "again"}).Action))
}

func TestWhoIsRemovedHearsTheRemovalAndNothingAfter(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob", "cyd")
	ada, bob, cyd := p[0], p[1], p[2]
	g := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob", "cyd"}}).Conversation
	ear, other := bob.Connect(), cyd.Connect()
	var head api.Head
	bob.Get("/v1/conversations/"+g.String(), &head)
	removal := ada.Must(api.Action{Type: api.RemoveMember, Conversation: g, Member: head.Me})
	ear.Next(entryOf(removal.Action))
	after := ada.Must(api.Action{Type: api.SendMessage, Conversation: g, Text: "he is gone"})
	other.Next(entryOf(after.Action))
	page := bob.Whole(g)
	if last := page.Entries[len(page.Entries)-1]; last.Seq != removal.Seq {
		t.Errorf("bob reads up to %d, and was removed at %d", last.Seq, removal.Seq)
	}
	back := ada.Must(api.Action{Type: api.AddMember, Conversation: g, To: "bob"})
	ear.Next(func(f api.ServerFrame) bool {
		if f.Kind == api.FrameEntry && f.Event.Action == after.Action {
			t.Error("bob heard what was said while he was away")
		}
		return headOf(g)(f) && f.Head.Membership == api.Present
	})
	ear.Next(entryOf(ada.Must(api.Action{Type: api.SendMessage, Conversation: g, Text: "welcome"}).Action))
	page = bob.Whole(g)
	if len(page.Withheld) != 1 || page.Withheld[0] != (api.Withheld{From: after.Seq, To: back.Seq - 1}) {
		t.Errorf("withheld: %v, not %d to %d", page.Withheld, after.Seq, back.Seq-1)
	}
}

func TestASessionThatIsRevokedIsClosedAndRefused(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	other := srv.SignIn("ada", "correct horse ada")
	ear := other.Connect()
	if status, problem := ada.HTTP("DELETE", "/v1/sessions/"+other.Session.String(), nil, nil); status != 204 {
		t.Fatal(status, problem)
	}
	if status, _ := other.HTTP("GET", "/v1/me", nil, nil); status != 401 {
		t.Errorf("the revoked session still gets %d", status)
	}
	ear.AwaitClose(api.CloseSignIn)
}

func TestASuspendedAccountIsClosedAndRefused(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob")
	ear := p[0].Connect()
	srv.Admin("POST", "/admin/v1/users/ada/suspend", nil, nil)
	if status, _ := p[0].HTTP("POST", "/v1/direct/bob/messages", map[string]any{"text": "hi"}, nil); status != 403 {
		t.Errorf("a suspended account gets %d", status)
	}
	ear.AwaitClose(api.CloseForbidden)
	if r := p[1].Ask(api.Action{Type: api.SendMessage, To: "ada", Text: "hi"}); r.Reason != api.ReasonUnavailable {
		t.Errorf("a message to a suspended account: %+v", r)
	}
}

func TestASuspensionForATimeEndsAndThePersonGoesOn(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob")
	ear := p[0].Connect()
	var u api.User
	for _, d := range []time.Duration{time.Hour, 5 * time.Second} { // the later word counts
		until := api.TimeOf(time.Now().Add(d))
		srv.Admin("POST", "/admin/v1/users/ada/suspend", map[string]any{"until": until}, &u)
		if !u.Suspended || u.Until != until {
			t.Errorf("suspended %+v", u)
		}
		ear.AwaitClose(api.CloseForbidden)
	}
	p[0].AwaitResumed("bob")
	p[0].Connect()
	var after api.User
	if srv.Admin("GET", "/admin/v1/users/ada", nil, &after); after.Suspended || after.Until != 0 {
		t.Errorf("after it has ended: %+v", after)
	}
}

func TestWhoseSuspensionHasEndedComesAgainUntilChatKnowsIt(t *testing.T) {
	t.Parallel()
	engines := servertest.OpenEngines(t)
	chat := engines.Start(server.Chat)
	srv := engines.Start(server.Gateway)
	p := srv.People("ada", "bob")
	var got struct {
		Ticket string `json:"ticket"`
	}
	if status, problem := p[0].HTTP("POST", "/v1/tickets", nil, &got); status != http.StatusCreated {
		t.Fatal(problem)
	}
	srv.Admin("POST", "/admin/v1/users/ada/suspend", nil, nil)
	if err := chat.Stop(); err != nil {
		t.Fatal(err)
	}
	resumed := make(chan struct{})
	go func() { defer close(resumed); srv.Resume(t.Context(), "ada") }()
	p[0].AwaitStatus("/v1/me", http.StatusServiceUnavailable)
	if _, problem := p[0].HTTP("GET", "/v1/me", nil, nil); problem == nil || problem.RetryAfter == 0 {
		t.Errorf("who is to come again is told %+v", problem)
	}
	frame := p[0].DialAnonymous()
	frame.Send(api.ClientFrame{Kind: api.FrameAuthenticate, Ticket: got.Ticket})
	frame.AwaitClose(api.CloseTryAgain)
	engines.Start(server.Chat)
	p[0].AwaitResumed("bob")
	p[0].Connect()
	<-resumed
}

func TestMarksAreSeenByTheOtherAndByTheOwnHead(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob")
	c := p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"}).Conversation
	ear := p[0].Connect()
	p[1].Mark(c, 1)
	f := ear.Kind(api.FrameMarks)
	if f.Conversation != c || f.Read != 1 {
		t.Errorf("marks: %+v", f)
	}
	p[1].AwaitRead(c, 1)
	var mine api.Head
	p[0].Get("/v1/conversations/"+c.String(), &mine)
	if mine.ReadSeq != 1 {
		t.Errorf("one's own send does not count as read: %+v", mine)
	}
}

func TestAKeyForAnotherActionIsAConflictAndChangesNothing(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob")
	a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: "bob", Text: "one"}
	first := p[0].Must(a)
	status, problem := p[0].HTTP("POST", "/v1/direct/bob/messages", map[string]any{"text": "two"}, nil, "Prefer", "wait=20", "Idempotency-Key", a.ID.String())
	if status != 422 || problem.Code != "conflict" {
		t.Errorf("another body under the key: %d, %v", status, problem)
	}
	s := p[0].Connect()
	a.Text = "three"
	s.Send(api.ClientFrame{Kind: api.FrameAction, Ref: "r", Action: &a})
	if f := s.Kind(api.FrameConflict); f.Ref != "r" || f.Action != a.ID {
		t.Errorf("conflict on the stream: %+v", f)
	}
	var again api.Result
	p[0].Get("/v1/actions/"+a.ID.String(), &again)
	if again != first {
		t.Errorf("the outcome is %+v, and was %+v", again, first)
	}
}

func TestATicketSignsOneStreamIn(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	var ticket struct {
		Ticket string `json:"ticket"`
	}
	if status, problem := ada.HTTP("POST", "/v1/tickets", nil, &ticket); status != 201 {
		t.Fatal(status, problem)
	}
	s := ada.DialAnonymous()
	s.Send(api.ClientFrame{Kind: api.FrameAuthenticate, Ticket: ticket.Ticket})
	if f := s.Kind(api.FrameSignedIn); f.User != ada.User {
		t.Errorf("signed in as %v", f.User)
	}
	again := ada.DialAnonymous()
	again.Send(api.ClientFrame{Kind: api.FrameAuthenticate, Ticket: ticket.Ticket})
	again.AwaitClose(api.CloseSignIn)
}

func TestHistoryShowsTheLastMessagesAndPagesBothWays(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob")
	var c api.ConversationID
	for range 25 {
		c = p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: strings.Repeat("x", 6000)}).Conversation
	}
	read := func(query string) (page api.Page) {
		t.Helper()
		p[1].Get("/v1/conversations/"+c.String()+"/messages?"+query, &page)
		if len(page.Entries) == 0 {
			t.Fatalf("%s: an empty page", query)
		}
		return page
	}
	seen := 0
	for page, next := read("limit=100"), int64(26); ; page = read("before=" + strconv.FormatInt(next, 10)) {
		if last := page.Entries[len(page.Entries)-1].Seq; last != next-1 {
			t.Fatalf("a page ends with seq %d, and the one after it begins with %d", last, next)
		}
		seen += len(page.Entries)
		if next = page.Next; !page.More {
			break
		}
	}
	if seen != 25 {
		t.Errorf("backwards there are %d messages", seen)
	}
	if first := read("after=0").Entries[0].Seq; first != 1 {
		t.Errorf("forwards the first is %d", first)
	}
}

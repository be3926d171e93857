package gateway_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// types says that somebody types, and returns once the server has taken it.
func types(s *servertest.Socket, c api.ConversationID) {
	s.Send(api.ClientFrame{Kind: api.FrameTyping, Conversation: c})
	s.Send(api.ClientFrame{Kind: api.FramePing, Ref: "typed"})
	s.Next(func(f api.ServerFrame) bool { return f.Kind == api.FramePong && f.Ref == "typed" })
}

// hearsNoTyping: until the entry of an action comes, which was sent after it.
func hearsNoTyping(t *testing.T, s *servertest.Socket, then api.ActionID) {
	t.Helper()
	s.Next(func(f api.ServerFrame) bool {
		if f.Kind == api.FrameIsTyping {
			t.Errorf("heard that %s types", f.Member)
		}
		return entryOf(then)(f)
	})
}

// watch watches handles and returns those who are online at once.
func watch(s *servertest.Socket, handles ...string) (online []string) {
	s.Send(api.ClientFrame{Kind: api.FrameWatch, Ref: "watch", Handles: handles})
	for _, p := range s.Next(func(f api.ServerFrame) bool { return f.Kind == api.FramePresence && f.Ref == "watch" }).People {
		if p.Online {
			online = append(online, p.Handle)
		}
	}
	return online
}

func turns(handle string, online bool) func(api.ServerFrame) bool {
	return func(f api.ServerFrame) bool {
		return f.Kind == api.FramePresence && slices.Contains(f.People, api.Presence{Handle: handle, Online: online})
	}
}

func TestOnlyMembersHearThatOneOfThemTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.stranger.Must(api.Action{Type: api.CreateGroup, Name: "own", Members: []string{w.newcomer()}}).Conversation
	owner, member, stranger := w.owner.Connect(), w.member.Connect(), w.stranger.Connect()
	var head api.Head
	w.owner.Get("/v1/conversations/"+w.group.String(), &head)
	types(owner, w.group)
	f := member.Kind(api.FrameIsTyping)
	if f.Conversation != w.group || f.Member != head.Me {
		t.Errorf("heard %+v", f)
	}
	types(stranger, w.group)
	types(stranger, api.NewConversationID())
	hearsNoTyping(t, member, w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: "now"}).Action)
	hearsNoTyping(t, stranger, w.stranger.Must(api.Action{Type: api.SendMessage, Conversation: own, Text: "alone"}).Action)
}

func TestWhoIsBlockedIsNotHeardTypingNorSeen(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	p := srv.People("ada", "bob", "cyd")
	ada, bob, cyd := p[0], p[1], p[2]
	direct := ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"}).Conversation
	group := cyd.Must(api.Action{Type: api.CreateGroup, Name: "all", Members: []string{"ada", "bob"}}).Conversation
	a, b, c := ada.Connect(), bob.Connect(), cyd.Connect()
	types(a, direct)
	b.Kind(api.FrameIsTyping)
	bob.Must(api.Action{Type: api.SetBlock, To: "ada"})
	types(b, direct) // for bob, too, the conversation is closed
	types(a, direct)
	then := cyd.Must(api.Action{Type: api.SendMessage, Conversation: group, Text: "hi"})
	hearsNoTyping(t, b, then.Action)
	if got := watch(a, "bob", "cyd"); !slices.Equal(got, []string{"cyd"}) {
		t.Errorf("the blocked one sees %v", got)
	}
	if got := watch(b, "ada", "cyd"); !slices.Equal(got, []string{"cyd"}) {
		t.Errorf("the blocker sees %v", got)
	}
	if got := watch(c, "ada", "bob"); !slices.Equal(got, []string{"ada", "bob"}) {
		t.Errorf("the third one sees %v", got)
	}
}

func TestOnlyWhoSharesAConversationIsSeenOnline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, member := w.owner.Connect(), w.member.Connect()
	w.stranger.Connect()
	if got := watch(owner, "stranger", "member", "nobody-at-all", "owner"); !slices.Equal(got, []string{"member"}) {
		t.Errorf("the owner sees %v", got)
	}
	var me api.Head
	w.member.Get("/v1/conversations/"+w.group.String(), &me)
	w.owner.Must(api.Action{Type: api.RemoveMember, Conversation: w.group, Member: me.Me})
	if got := watch(owner, "member"); len(got) > 0 {
		t.Errorf("after the removal the owner sees %v", got)
	}
	if got := watch(member, "owner"); len(got) > 0 {
		t.Errorf("who was removed sees %v", got)
	}
}

func TestWhoComesAndGoesIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.owner.Connect()
	if got := watch(owner, "member"); len(got) > 0 {
		t.Fatalf("nobody is there, and the owner sees %v", got)
	}
	first := w.member.Connect()
	owner.Next(turns("member", true))
	second := w.member.Connect()
	first.Close()
	second.Close()
	owner.Next(turns("member", false))
}

func TestWhoHidesIsNeitherSeenNorSees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var me api.Me
	if status, problem := w.member.HTTP("PATCH", "/v1/me", map[string]any{"presence": "off"}, &me); status != http.StatusOK || me.Presence != "off" {
		t.Fatalf("status %d, presence %s: %v", status, me.Presence, problem)
	}
	owner, member := w.owner.Connect(), w.member.Connect()
	if got := watch(owner, "member"); len(got) > 0 {
		t.Errorf("the owner sees %v", got)
	}
	if got := watch(member, "owner"); len(got) > 0 {
		t.Errorf("who hides sees %v", got)
	}
	types(member, w.group)
	hearsNoTyping(t, owner, w.member.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: "hi"}).Action)
	if status, problem := w.member.HTTP("PATCH", "/v1/me", map[string]any{"presence": "on"}, nil); status != http.StatusOK {
		t.Fatal(status, problem)
	}
	if got := watch(owner, "member"); !slices.Equal(got, []string{"member"}) {
		t.Errorf("after the switch the owner sees %v", got)
	}
}

func TestTypingAndPresencePassBetweenGateways(t *testing.T) {
	t.Parallel()
	engines := servertest.OpenEngines(t)
	one, two := engines.Start(), engines.Start(server.Gateway)
	p := one.People("ada", "bob")
	ada, bob := p[0], p[1]
	g := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}}).Conversation
	a := ada.Connect()
	watch(a, "bob")
	b := bob.Through(two).Connect()
	types(b, g)
	a.Kind(api.FrameIsTyping)
	if watched := watch(a, "bob"); len(watched) == 0 { // it may be known by now
		a.Next(turns("bob", true))
	}
	b.Close()
	if _, problem := ada.HTTP("GET", "/v1/me", nil, nil); problem != nil {
		t.Error(problem)
	}
}

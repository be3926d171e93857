package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/chatctl/chatctl/server/history/record"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// TestNothingAcknowledgedIsLostAcrossKills lets people talk, edit, delete, block,
// come, go and come back, give each other roles, rename their groups, be
// suspended and erase their accounts, while administrators hand groups over and purge them, while live entries are lost, connections
// break and the server is killed, and holds what everybody saw against the promises.
func TestNothingAcknowledgedIsLostAcrossKills(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{LoseLive: 97})
	s := story{people: 50, groups: 6, actions: 100, kills: 5, every: 1500 * time.Millisecond, erased: 3, suspended: 4}
	s.run(t, srv)
	srv.Holds()
	wantHappened(t, srv, api.MessageSent, api.MessageEdited, api.MessageGone, api.GroupRenamed, api.MemberAdded, api.MemberRemoved,
		api.MemberLeft, api.MemberRanked, api.BlockSet, api.BlockCleared, api.Refused)
	if cameBack(srv) == 0 {
		t.Error("nobody came back to a group")
	}
	for _, v := range history.Check(srv.History) {
		t.Logf("%-9s tried %6d, broken %d: %s", v.Promise, v.Tried, v.Broken, v.Says)
		if v.Tried == 0 {
			t.Errorf("%s was never put to the test", v.Promise)
		}
	}
}

// wantHappened fails when a part of the story did not come about: then it shows nothing of it.
func wantHappened(t *testing.T, srv *servertest.Server, wanted ...api.Outcome) {
	t.Helper()
	happened := map[api.Outcome]int{}
	for _, x := range srv.History.Asked {
		if x.Outcome != nil {
			happened[x.Outcome.Outcome]++
		}
	}
	t.Logf("outcomes: %v; members who came back: %d", happened, cameBack(srv))
	for _, o := range wanted {
		if happened[o] == 0 {
			t.Errorf("nothing had the outcome %s", o)
		}
	}
}

// cameBack counts who joined a group for a second time, as those see it who are in it.
func cameBack(srv *servertest.Server) int {
	type seat struct {
		conv   api.ConversationID
		member api.MemberID
	}
	gone, back := map[seat]bool{}, map[seat]bool{}
	for _, f := range srv.History.Final {
		for _, e := range f.Page.Entries {
			b, err := api.DecodeTolerant[api.MemberBody](e.Body)
			if e.Kind != api.EntryMember || err != nil {
				continue
			}
			at := seat{e.Conversation, b.Member}
			gone[at] = gone[at] || b.Change == api.Left || b.Change == api.Removed
			back[at] = back[at] || b.Change == api.Added && gone[at]
		}
	}
	n := 0
	for _, yes := range back {
		if yes {
			n++
		}
	}
	return n
}

// story is what people do in a run.
type story struct {
	people, groups, actions int
	kills                   int
	every                   time.Duration   // between kills
	answers                 int             // between kills, instead of every
	patience                time.Duration   // for all of it; 0: 10 minutes
	mayEnd                  bool            // the server may notice what is wrong, and end or not start again
	erased, suspended       int             // how many of the people erase their accounts, are suspended for a while
	besides                 *sync.WaitGroup // what people ask for besides; nil: nothing
}

// cast is who is in a story, and their groups.
type cast struct {
	people []*servertest.Person
	groups []group
}

// run plays the story to its end, and reads what is left once everything is calm.
func (s story) run(t *testing.T, srv *servertest.Server) {
	t.Helper()
	if !s.attempt(t, srv) {
		t.Error("not every action was answered in time")
	}
	srv.Calm()
}

// attempt plays the story and reports whether every action was answered in time.
func (s story) attempt(t *testing.T, srv *servertest.Server) bool {
	t.Helper()
	return s.perform(t, srv, s.gather(srv))
}

// handles are the people's.
func (s story) handles() []string {
	handles := make([]string, s.people)
	for i := range handles {
		handles[i] = fmt.Sprintf("p%02d", i)
	}
	return handles
}

// gather makes the people and their groups, each with eight or nine of them.
func (s story) gather(srv *servertest.Server) cast {
	handles := s.handles()
	c := cast{people: srv.People(handles...), groups: make([]group, s.groups)}
	for i := range c.groups {
		owner := c.people[i%len(c.people)]
		var members []string
		for j := range 8 {
			members = append(members, handles[(i*7+j*3+1)%len(handles)])
		}
		members = without(members, owner.Handle)
		history := api.SinceJoin
		if i%2 == 1 {
			history = api.All
		}
		r := owner.Must(api.Action{Type: api.CreateGroup, Name: fmt.Sprintf("room %d", i), History: history, Members: members})
		c.groups[i] = group{owner, members, r.Conversation}
	}
	return c
}

// perform lets a cast play, and reports whether every action was answered in time.
func (s story) perform(t *testing.T, srv *servertest.Server, c cast) bool {
	t.Helper()
	if s.patience == 0 {
		s.patience = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), s.patience)
	defer cancel()
	online, leave := context.WithCancel(ctx)
	var staying, playing sync.WaitGroup
	for i, p := range c.people {
		staying.Go(func() { p.Stay(online) })
		staying.Go(func() { p.WatchHeads(online, 300*time.Millisecond) })
		playing.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			if last := len(c.people) - s.erased; i >= last && !srv.History.IsErased(p.Handle) {
				s.part(s.actions/2).play(ctx, r, p, c)
				p.EraseAccount(ctx)
				p.Try(ctx, api.Action{Type: api.SendMessage, To: c.people[0].Handle, Text: "one more thing"})
				return
			}
			s.play(ctx, r, p, c)
		})
	}
	playing.Go(func() { s.suspend(ctx, srv, c) })
	playing.Go(func() { s.administer(ctx, srv, c) })
	if !s.killNow(t, srv) {
		cancel()
	}
	if s.mayEnd {
		staying.Go(func() {
			if record.Until(online, func() bool { return srv.Ended() != nil }) {
				cancel()
			}
		})
	}
	playing.Wait()
	if s.besides != nil {
		s.besides.Wait() // while they are connected
	}
	if ctx.Err() == nil {
		everybodyHears(ctx, t, srv, c)
	}
	leave()
	staying.Wait()
	return ctx.Err() == nil
}

// part is the story with so many actions of each.
func (s story) part(actions int) story {
	s.actions = actions
	return s
}

// suspend suspends some of the people, one after the other, while they play.
func (s story) suspend(ctx context.Context, srv *servertest.Server, c cast) {
	for i := range s.suspended {
		p := c.people[len(c.people)/2+i]
		srv.Suspend(ctx, p.Handle)
		for range 5 {
			p.Try(ctx, api.Action{Type: api.SendMessage, To: c.people[0].Handle, Text: "let me out"})
		}
		srv.Resume(ctx, p.Handle)
	}
}

// administer hands each group over twice to some member and purges two, while people play.
func (s story) administer(ctx context.Context, srv *servertest.Server, c cast) {
	for round := range 2 {
		for i, g := range c.groups {
			srv.Administer(ctx, g.conv, "PUT", "owner", map[string]any{"handle": g.members[(round+i)%len(g.members)]})
		}
		if round < len(c.groups) {
			srv.Administer(ctx, c.groups[round].conv, "POST", "purge", nil)
		}
	}
}

// everybodyHears wants a last message of each group on the socket of everyone
// who is in it: live, or repaired from the store (promises, rule 10).
func everybodyHears(ctx context.Context, t *testing.T, srv *servertest.Server, c cast) {
	t.Helper()
	here := slices.DeleteFunc(slices.Clone(c.people), func(p *servertest.Person) bool { return srv.History.IsErased(p.Handle) })
	for _, g := range c.groups {
		for !lastWord(ctx, t, srv, here, g.conv) {
			t.Logf("somebody was away; the last word of %s is said again", g.conv)
		}
	}
}

// lastWord has one of those who are here speak in a group, and the others hear it.
// It is false when one of them was away meanwhile: who comes back reads it in a head.
func lastWord(ctx context.Context, t *testing.T, srv *servertest.Server, here []*servertest.Person, g api.ConversationID) bool {
	t.Helper()
	lives := map[*servertest.Person]int64{}
	for _, p := range here {
		p.AwaitLive(ctx)
		lives[p] = p.Lives()
	}
	for _, speaker := range here {
		said := speaker.Do(ctx, api.Action{Type: api.SendMessage, Conversation: g, Text: "the last word"})
		if len(said.Results) == 0 || said.Results[0].Outcome != api.MessageSent {
			continue // not in it any more
		}
		for _, p := range here {
			var h api.Head
			if status, _ := p.HTTP("GET", "/v1/conversations/"+g.String(), nil, &h); status != 200 || h.Membership != api.Present {
				continue
			}
			heard := func() bool { return srv.History.HasSeen(p.Handle, g, said.Results[0].Seq) }
			await(t, p.Handle+" hears the last word", func() bool { return heard() || p.Lives() != lives[p] })
			if !heard() && !t.Failed() {
				return false
			}
		}
		break
	}
	return true
}

type group struct {
	owner   *servertest.Person
	members []string // at first, without the owner
	conv    api.ConversationID
}

func without(handles []string, one string) (rest []string) {
	seen := map[string]bool{one: true}
	for _, h := range handles {
		if !seen[h] {
			seen[h] = true
			rest = append(rest, h)
		}
	}
	return rest
}

// killNow kills and restarts the server while people play. It is false when the
// server does not start any more, where that may be.
func (s story) killNow(t *testing.T, srv *servertest.Server) bool {
	t.Helper()
	for range s.kills {
		if s.answers > 0 {
			awaitAnswers(t, srv, s.answers)
		} else {
			<-time.NewTimer(s.every).C
		}
		if s.mayEnd && srv.Ended() != nil {
			return false
		}
		srv.Kill()
		switch err := srv.Restart(); {
		case err != nil && s.mayEnd:
			return false
		case err != nil:
			t.Fatalf("the server refused to start after a kill: %v", err)
		}
	}
	return true
}

// awaitAnswers waits until so many more actions are answered, or the server has
// ended by itself, or has lost so much that nobody is answered for a while.
func awaitAnswers(t *testing.T, srv *servertest.Server, n int) {
	n += srv.History.Answered()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	record.Until(ctx, func() bool { return srv.History.Answered() >= n || srv.Ended() != nil })
}

// play is one person's part.
func (s story) play(ctx context.Context, r *rand.Rand, p *servertest.Person, c cast) {
	for n := range s.actions {
		if ctx.Err() != nil {
			return
		}
		friend := c.people[(indexOf(c.people, p)+len(c.people)-2+r.IntN(5))%len(c.people)] // or themselves, in vain
		g := c.groups[r.IntN(len(c.groups))]
		who := p // who tries what owners may
		if r.IntN(2) == 0 {
			who = g.owner
		}
		text := fmt.Sprintf("%s says %d, @%s", p.Handle, n, friend.Handle)
		switch k := r.IntN(100); {
		case k < 40:
			p.Do(ctx, api.Action{Type: api.SendMessage, To: friend.Handle, Text: text})
		case k < 65:
			p.Do(ctx, api.Action{Type: api.SendMessage, Conversation: g.conv, Text: text})
		case k < 70:
			p.EditSome(ctx, r, text)
		case k < 73:
			p.DeleteSome(ctx, r, text)
		case k < 75:
			p.Moderate(ctx, g.conv, r)
		case k < 80:
			who.Rank(ctx, g.conv, r)
		case k < 82:
			who.Do(ctx, api.Action{Type: api.RenameGroup, Conversation: g.conv, Name: fmt.Sprintf("%s %d", p.Handle, n)})
		case k < 86:
			p.Do(ctx, api.Action{Type: api.SetBlock, To: friend.Handle})
		case k < 90:
			p.Do(ctx, api.Action{Type: api.ClearBlock, To: friend.Handle})
		case k < 92:
			p.Do(ctx, api.Action{Type: api.AddMember, Conversation: g.conv, To: friend.Handle})
		case k < 93: // one who left comes back, if they can be reached
			g.owner.Do(ctx, api.Action{Type: api.AddMember, Conversation: g.conv, To: g.members[r.IntN(len(g.members))]})
		case k < 95:
			p.Do(ctx, api.Action{Type: api.LeaveGroup, Conversation: g.conv})
		case k < 97:
			who.Expel(ctx, g.conv, r)
		case k < 99:
			p.MarkSome(ctx, r)
		default:
			p.Drop()
		}
	}
}

func indexOf(people []*servertest.Person, p *servertest.Person) int {
	for i, q := range people {
		if q == p {
			return i
		}
	}
	return 0
}

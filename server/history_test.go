package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// TestNothingAcknowledgedIsLostAcrossKills lets people talk, edit, delete, block,
// come and go, give each other roles and rename their groups,
// while live entries are lost, connections break and the server is killed, and
// holds what everybody saw against the promises.
func TestNothingAcknowledgedIsLostAcrossKills(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{LoseLive: 97})
	s := story{people: 50, groups: 6, actions: 100, kills: 5, every: 1500 * time.Millisecond}
	s.run(t, srv)
	srv.Holds()
	happened := map[api.Outcome]int{}
	for _, x := range srv.History.Asked {
		if x.Outcome != nil {
			happened[x.Outcome.Outcome]++
		}
	}
	t.Logf("outcomes: %v", happened)
	for _, o := range []api.Outcome{api.MessageSent, api.MessageEdited, api.MessageGone, api.GroupRenamed, api.MemberAdded, api.MemberRemoved,
		api.MemberLeft, api.MemberRanked, api.BlockSet, api.BlockCleared, api.Refused} {
		if happened[o] == 0 {
			t.Errorf("nothing had the outcome %s: the story shows nothing of it", o)
		}
	}
}

// story is what people do in a run.
type story struct {
	people, groups, actions int
	kills                   int
	every                   time.Duration // between kills
	patience                time.Duration // for all of it; 0: 3 minutes
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
	if s.patience == 0 {
		s.patience = 3 * time.Minute
	}
	handles := make([]string, s.people)
	for i := range handles {
		handles[i] = fmt.Sprintf("p%02d", i)
	}
	people := srv.People(handles...)
	groups := make([]group, s.groups)
	for i := range groups {
		owner := people[i%len(people)]
		var members []string
		for j := range 8 {
			members = append(members, handles[(i*7+j*3+1)%len(people)])
		}
		history := api.SinceJoin
		if i%2 == 1 {
			history = api.All
		}
		groups[i] = group{owner, owner.Must(api.Action{Type: api.CreateGroup, Name: fmt.Sprintf("room %d", i), History: history, Members: without(members, owner.Handle)}).Conversation}
	}
	ctx, cancel := context.WithTimeout(t.Context(), s.patience)
	defer cancel()
	online, leave := context.WithCancel(ctx)
	var staying, playing sync.WaitGroup
	for i, p := range people {
		staying.Go(func() { p.Stay(online) })
		staying.Go(func() { p.WatchHeads(online, 300*time.Millisecond) })
		playing.Go(func() { s.play(ctx, rand.New(rand.NewPCG(1, uint64(i))), p, people, groups) })
	}
	s.killNow(t, srv)
	playing.Wait()
	if ctx.Err() == nil {
		everybodyHears(ctx, t, people, groups)
	}
	leave()
	staying.Wait()
	return ctx.Err() == nil
}

// everybodyHears wants a last message of each group on the socket of everyone
// who is in it: live, or repaired from the store (promises, rule 10).
func everybodyHears(ctx context.Context, t *testing.T, people []*servertest.Person, groups []group) {
	t.Helper()
	for _, g := range groups {
		for _, speaker := range people {
			said := speaker.Do(ctx, api.Action{Type: api.SendMessage, Conversation: g.conv, Text: "the last word"})
			if len(said.Results) == 0 || said.Results[0].Outcome != api.MessageSent {
				continue // not in it any more
			}
			for _, p := range people {
				var h api.Head
				if status, _ := p.HTTP("GET", "/v1/conversations/"+g.conv.String(), nil, &h); status == 200 && h.Membership == api.Present {
					p.AwaitSeen(g.conv, said.Results[0].Seq)
				}
			}
			break
		}
	}
}

type group struct {
	owner *servertest.Person
	conv  api.ConversationID
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

// killNow kills and restarts the server while people play.
func (s story) killNow(t *testing.T, srv *servertest.Server) {
	t.Helper()
	for range s.kills {
		timer := time.NewTimer(s.every)
		<-timer.C
		srv.Kill()
		if err := srv.Restart(); err != nil {
			t.Fatalf("the server refused to start after a kill: %v", err)
		}
	}
}

// play is one person's part.
func (s story) play(ctx context.Context, r *rand.Rand, p *servertest.Person, people []*servertest.Person, groups []group) {
	for n := range s.actions {
		if ctx.Err() != nil {
			return
		}
		friend := people[(indexOf(people, p)+1+r.IntN(4))%len(people)]
		g := groups[r.IntN(len(groups))]
		who := p // who tries what owners may
		if r.IntN(2) == 0 {
			who = g.owner
		}
		text := fmt.Sprintf("%s says %d, @%s", p.Handle, n, friend.Handle)
		switch k := r.IntN(100); {
		case k < 42:
			p.Do(ctx, api.Action{Type: api.SendMessage, To: friend.Handle, Text: text})
		case k < 67:
			p.Do(ctx, api.Action{Type: api.SendMessage, Conversation: g.conv, Text: text})
		case k < 72:
			p.EditSome(ctx, r, text)
		case k < 75:
			p.DeleteSome(ctx, r)
		case k < 77:
			p.Moderate(ctx, g.conv, r)
		case k < 80:
			who.Rank(ctx, g.conv, r)
		case k < 82:
			who.Do(ctx, api.Action{Type: api.RenameGroup, Conversation: g.conv, Name: fmt.Sprintf("%s %d", p.Handle, n)})
		case k < 86:
			p.Do(ctx, api.Action{Type: api.SetBlock, To: friend.Handle})
		case k < 90:
			p.Do(ctx, api.Action{Type: api.ClearBlock, To: friend.Handle})
		case k < 93:
			p.Do(ctx, api.Action{Type: api.AddMember, Conversation: g.conv, To: friend.Handle})
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

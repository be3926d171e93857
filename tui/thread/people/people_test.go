package people_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/thread/people"
	"pgregory.net/rapid"
)

var ada, bob, eve = api.NewMemberID(), api.NewMemberID(), api.NewMemberID()

func present(id api.MemberID, handle string, read int64) api.Member {
	return api.Member{Member: id, Handle: handle, Membership: api.Present, ReadSeq: read}
}

func TestPeopleAreCalledByWhatIsKnownOfThem(t *testing.T) {
	p := people.New(ada, "ada")
	p.Set([]api.Member{present(bob, "bob", 0)})
	for id, want := range map[api.MemberID]string{
		ada: "@ada", bob: "@bob", eve: "member " + eve.String()[:8], {}: "an administrator",
	} {
		if got := p.Name(id); got != want {
			t.Errorf("%v is called %q, not %q", id, got, want)
		}
	}
	if p.Known(ada) || !p.Known(bob) || p.Handle(eve) != "" {
		t.Error("only bob was told of")
	}
}

func TestWhomTheReaderBlocksIsFoldedOnceTheHandleIsKnown(t *testing.T) {
	p := people.New(ada, "ada")
	if !p.Block([]string{"bob"}) || p.Block([]string{"bob"}) {
		t.Error("it is news once")
	}
	if p.Folded(bob) {
		t.Error("folded before it was known who that is")
	}
	p.Set([]api.Member{present(bob, "bob", 0), present(eve, "eve", 0)})
	if !p.Folded(bob) || p.Folded(eve) {
		t.Error("bob is folded, and nobody else")
	}
}

// However late and in whatever order marks and lists come, an own message never
// looks less far than it was.
func TestMarksNeverGoBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := people.New(ada, "ada")
		p.Set([]api.Member{present(ada, "ada", 0), present(bob, "bob", 0), present(eve, "eve", 0)})
		seq, read := func() int64 { return rapid.Int64Range(0, 10).Draw(t, "seq") }, map[api.MemberID]int64{}
		mark := func(id api.MemberID, to int64) { read[id] = max(read[id], to) }
		before := people.Sent
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			b, e := seq(), seq()
			if rapid.Bool().Draw(t, "a list") {
				p.Set([]api.Member{present(bob, "bob", b), present(eve, "eve", e)})
				mark(bob, b)
				mark(eve, e)
			} else {
				p.Mark(bob, 0, b)
				mark(bob, b)
			}
			now := p.MarkOf(5)
			if now < before {
				t.Fatalf("from %d back to %d", before, now)
			}
			if now == people.Read != (min(read[bob], read[eve]) >= 5) {
				t.Fatalf("mark %d, and read as far as %v", now, read)
			}
			before = now
			have, of := p.Readers(5)
			if want := btoi(read[bob] >= 5) + btoi(read[eve] >= 5); have != want || of != 2 {
				t.Fatalf("%d of %d readers, and read as far as %v", have, of, read)
			}
		}
	})
}

// The server tells no mark of an own message, and its answer to who is there may
// be of a moment before it.
func TestWhoWritesHasReadWhatIsBefore(t *testing.T) {
	p := people.New(ada, "ada")
	p.Wrote(bob, 7)
	p.Set([]api.Member{present(ada, "ada", 0), present(bob, "bob", 2)})
	if p.MarkOf(6) != people.Read || p.MarkOf(8) != people.Sent {
		t.Errorf("mark %d before bob's message, %d after it", p.MarkOf(6), p.MarkOf(8))
	}
	p.Wrote(bob, 9)
	p.Wrote(bob, 3)
	if p.MarkOf(8) != people.Read {
		t.Errorf("mark %d before bob's second message", p.MarkOf(8))
	}
	crowd := []api.Member{present(ada, "ada", 0), present(bob, "bob", 0)}
	for len(crowd) <= api.MaxMarksShown {
		crowd = append(crowd, present(api.NewMemberID(), "", 0))
	}
	p.Set(crowd)
	if have, of := p.Readers(1); have != 0 || of != 0 {
		t.Errorf("%d of %d readers, where nobody's marks are shown", have, of)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

package limit_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"pgregory.net/rapid"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func one(r limit.Rate, keys int) (*limit.Limits, *clock) {
	c := &clock{time.Unix(1_700_000_000, 0)}
	return limit.New(limit.Config{Keys: keys, Now: c.now, Rates: map[limit.Rule]limit.Rate{
		{Class: limit.Send, Kind: limit.PerUser}: r, {Class: limit.Connect, Kind: limit.PerAddress}: r}}), c
}

func TestBurstThenRateWithTheTimeToWait(t *testing.T) {
	l, c := one(limit.Rate{PerSecond: 2, Burst: 3}, 0)
	ada := limit.User(api.NewUserID())
	for range 3 {
		if _, ok := l.Allow(limit.Send, ada); !ok {
			t.Fatal("refused within the burst")
		}
	}
	for range 5 { // a refusal costs nothing
		if wait, ok := l.Allow(limit.Send, ada); ok || wait != 500*time.Millisecond {
			t.Fatal(wait, ok)
		}
	}
	if _, ok := l.Allow(limit.Send, limit.User(api.NewUserID())); !ok {
		t.Fatal("another's bucket was empty")
	}
	c.at = c.at.Add(500 * time.Millisecond)
	if _, ok := l.Allow(limit.Send, ada); !ok {
		t.Fatal("refused after the time to wait")
	}
	var p *api.Problem
	if err := l.Check(limit.Send, limit.Key{}, ada); !errors.As(err, &p) || p.Code != "too_many" || p.RetryAfter != 1 {
		t.Fatal(err)
	}
}

func TestWhatIsRefusedForOneKeyCostsTheOthersNothing(t *testing.T) {
	c := &clock{time.Unix(1_700_000_000, 0)}
	l := limit.New(limit.Config{Now: c.now, Rates: map[limit.Rule]limit.Rate{
		{Class: limit.Send, Kind: limit.PerConversation}: {PerSecond: 1, Burst: 3},
		{Class: limit.Send, Kind: limit.PerNewContact}:   {PerSecond: 0.1, Burst: 1}}})
	room, ada := limit.Conversation(api.NewConversationID()), limit.NewContact(api.NewUserID())
	if err := l.Check(limit.Send, room, ada); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		var p *api.Problem
		if err := l.Check(limit.Send, room, ada); !errors.As(err, &p) || p.RetryAfter != 10 {
			t.Fatal(err)
		}
	}
	for range 2 { // what is left of the three
		if err := l.Check(limit.Send, room); err != nil {
			t.Fatal("the refused ones have used up the conversation's")
		}
	}
	for range 5 {
		var p *api.Problem // both are empty: the longer wait is told
		if err := l.Check(limit.Send, ada, room); !errors.As(err, &p) || p.RetryAfter != 10 {
			t.Fatal(err)
		}
	}
	c.at = c.at.Add(10 * time.Second)
	if err := l.Check(limit.Send, room, ada); err != nil {
		t.Error("refused after the time to wait")
	}
}

func TestWhatHasNoRuleIsNotLimited(t *testing.T) {
	ada := limit.User(api.NewUserID())
	l, _ := one(limit.Rate{PerSecond: 1, Burst: 1}, 0)
	off := limit.New(limit.Config{Unlimited: true})
	for range 1000 {
		if l.Check(limit.Read, ada) != nil || l.Check(limit.Send, limit.Key{}) != nil || off.Check(limit.SignIn, ada) != nil {
			t.Fatal("limited")
		}
	}
}

func TestDefaultsLimitAPersonsSendsAndAnAddressSignUps(t *testing.T) {
	l := limit.New(limit.Config{Now: (&clock{time.Unix(1, 0)}).now})
	count := func(class limit.Class, k limit.Key) (n int) {
		for l.Check(class, k) == nil {
			n++
		}
		return n
	}
	if n := count(limit.Send, limit.User(api.NewUserID())); n != 200 {
		t.Errorf("%d sends at once", n)
	}
	if n := count(limit.SignUp, limit.Address(netip.MustParseAddr("192.0.2.1"))); n != 20 {
		t.Errorf("%d sign-ups at once", n)
	}
}

func TestAddressesOfOneCustomerAreOneKey(t *testing.T) {
	key := func(s string) limit.Key { return limit.Address(netip.MustParseAddr(s)) }
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		if (key(c.a) == key(c.b)) != c.same {
			t.Errorf("%s and %s", c.a, c.b)
		}
	}
	limit.Address(netip.Addr{}) // no address: a key of its own, no panic
}

func TestAFloodOfKeysIsForgottenAndTheBusyOnesAreNot(t *testing.T) {
	l, c := one(limit.Rate{PerSecond: 0.001, Burst: 1}, 100)
	ada := limit.User(api.NewUserID())
	l.Allow(limit.Send, ada)
	for i := range 10_000 {
		var id api.UserID
		binary.BigEndian.PutUint64(id[:], uint64(i)+1)
		l.Allow(limit.Send, limit.User(id))
		if i%20 == 0 {
			if _, ok := l.Allow(limit.Send, ada); ok {
				t.Fatal("a bucket in use was forgotten")
			}
		}
	}
	c.at = c.at.Add(1001 * time.Second)
	if _, ok := l.Allow(limit.Send, ada); !ok {
		t.Fatal("refused once the bucket was full again")
	}
}

func TestNoMoreThanTheBucketAllowsWhateverTheTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := limit.Rate{PerSecond: rapid.Float64Range(0.1, 50).Draw(t, "rate"), Burst: rapid.IntRange(1, 20).Draw(t, "burst")}
		l, c := one(r, rapid.IntRange(2, 1000).Draw(t, "keys"))
		ada, start, got := limit.User(api.NewUserID()), c.at, 0
		for range rapid.IntRange(1, 200).Draw(t, "tries") {
			c.at = c.at.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			if _, ok := l.Allow(limit.Send, ada); ok {
				got++
			}
			if most := float64(r.Burst) + c.at.Sub(start).Seconds()*r.PerSecond + 0.01; float64(got) > most {
				t.Fatalf("%d in %v", got, c.at.Sub(start))
			}
		}
	})
}

func TestParallelRequestsShareTheBucket(t *testing.T) {
	l, _ := one(limit.Rate{PerSecond: 0.001, Burst: 50}, 0)
	ada := limit.User(api.NewUserID())
	var mu sync.Mutex
	var wg sync.WaitGroup
	n := 0
	for range 200 {
		wg.Go(func() {
			if _, ok := l.Allow(limit.Send, ada); ok {
				mu.Lock()
				n++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if n != 50 {
		t.Fatalf("%d of a burst of 50", n)
	}
}

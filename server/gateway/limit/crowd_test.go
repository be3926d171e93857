package limit_test

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

func TestACrowdIsBoundedInAllAndForEachKey(t *testing.T) {
	c := limit.NewCrowd(5, 2)
	key := func(s string) limit.Key { return limit.Address(netip.MustParseAddr(s)) }
	a, b := key("192.0.2.1"), key("192.0.2.2")
	for i, want := range []bool{true, true, false} {
		if c.Enter(a) != want || c.Enter(b) != want {
			t.Fatalf("entering the %d. time", i+1)
		}
	}
	if !c.Enter(key("192.0.2.3")) || c.Enter(key("192.0.2.4")) {
		t.Fatal("five are the most in all")
	}
	if !c.Enter(limit.Key{}) {
		t.Fatal("who is not counted was refused")
	}
	c.Leave(limit.Key{})
	c.Leave(a)
	if c.Enter(b) || !c.Enter(a) || c.Enter(a) {
		t.Fatal("who left made room for another key, or not for the own")
	}
}

func TestOfManyWhoEnterAtOnceNoMoreThanTheBoundGetIn(t *testing.T) {
	c := limit.NewCrowd(1000, 7)
	k := limit.User(api.NewUserID())
	var in atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if c.Enter(k) {
				in.Add(1)
			}
		})
	}
	wg.Wait()
	if in.Load() != 7 {
		t.Errorf("%d got in", in.Load())
	}
}

package limit_test

import (
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/gateway/limit"
)

func TestADoorLetsSoManyInAtOneTime(t *testing.T) {
	d := limit.NewDoor(2, time.Now)
	one, _ := d.Enter()
	two, _ := d.Enter()
	if three, later := d.Enter(); one == nil || two == nil || three != nil || later < time.Second {
		t.Fatalf("a third one got in, or is to come back after %v", later)
	}
	one()
	if again, _ := d.Enter(); again == nil {
		t.Error("who left made no room")
	}
}

func TestWhoIsSentAwayComesBackInAQueue(t *testing.T) {
	c := &clock{at: time.Unix(1000, 0)}
	d := limit.NewDoor(1, c.now)
	d.Enter()
	each := map[int]int{} // by second
	for i := range 5000 {
		_, later := d.Enter()
		if later < time.Second || i == 0 && later != time.Second {
			t.Fatalf("the %d. is to come back after %v", i+1, later)
		}
		each[int(later/time.Second)]++
	}
	for second := 1; second <= 10; second++ { // 500 in each
		if n := each[second]; n < 490 || n > 510 {
			t.Errorf("%d come back in the second %d", n, second)
		}
	}
	c.at = c.at.Add(time.Minute)
	if _, later := d.Enter(); later != time.Second {
		t.Errorf("once all could have come back, the next waits %v", later)
	}
}

func TestAQueueMovesAsFastAsPeopleCameInLately(t *testing.T) {
	c := &clock{at: time.Unix(1000, 0)}
	d := limit.NewDoor(1, c.now)
	for range 4000 {
		leave, _ := d.Enter()
		leave()
	}
	d.Enter()
	var last time.Duration
	for range 8000 {
		_, last = d.Enter()
	}
	if last < 2900*time.Millisecond || last > 3100*time.Millisecond { // two seconds' worth behind the first one
		t.Errorf("the last of 8,000 waits %v", last)
	}
}

func TestAQueueIsNeverLongerThanAClientWaits(t *testing.T) {
	c := &clock{at: time.Unix(1000, 0)}
	d := limit.NewDoor(0, c.now)
	for range 100_000 {
		if _, later := d.Enter(); later > 30*time.Second {
			t.Fatalf("one waits %v", later)
		}
	}
}

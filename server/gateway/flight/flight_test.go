package flight_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/flight"
)

func TestTheWayOfAnEntryIsItsPushesAndEachDevicesFirstMarks(t *testing.T) {
	r := flight.New(api.NewGatewayID())
	c, other := api.NewConversationID(), api.NewConversationID()
	phone := flight.Device{User: api.NewUserID(), Session: api.NewSessionID(), Stream: 7}
	script := flight.Device{User: phone.User, Session: api.NewSessionID()}
	r.Pushed(c, 1, 3, 2)
	r.Pushed(c, 4, 4, 3)
	r.Pushed(other, 1, 9, 5)
	r.Marked(phone, c, 1, 0)
	r.Marked(phone, c, 3, 0)
	r.Marked(script, other, 3, 3)
	r.Marked(script, c, 0, 4)
	r.Marked(phone, c, 3, 3)

	w := r.Way(c, 2)
	if len(w.Pushes) != 1 || w.Pushes[0].First != 1 || w.Pushes[0].Last != 3 || w.Pushes[0].Connections != 2 {
		t.Errorf("pushes: %+v", w.Pushes)
	}
	if len(w.Acknowledged) != 2 {
		t.Fatalf("acknowledged: %+v", w.Acknowledged)
	}
	a, b := w.Acknowledged[0], w.Acknowledged[1]
	if a.Session != phone.Session || a.Connection != 7 || a.Received == 0 || a.Read == 0 {
		t.Errorf("the phone: %+v", a)
	}
	if b.Session != script.Session || b.Connection != 0 || b.Received == 0 || b.Read == 0 {
		t.Errorf("the script: %+v", b)
	}
	if w := r.Way(c, 4); len(w.Pushes) != 1 || len(w.Acknowledged) != 1 {
		t.Errorf("of 4: %+v", w)
	}
}

func TestTheOldestGiveWayAndThatIsSaid(t *testing.T) {
	r := flight.New(api.NewGatewayID())
	c := api.NewConversationID()
	first := r.Way(c, 1).PushesSince
	const most = 4096
	for seq := range int64(most + 1) {
		r.Pushed(c, seq+1, seq+1, 1)
	}
	w := r.Way(c, 1)
	if len(w.Pushes) != 0 || w.PushesSince <= first {
		t.Errorf("the first push: %+v", w)
	}
	if w := r.Way(c, 2); len(w.Pushes) != 1 {
		t.Errorf("the second push: %+v", w)
	}
	if w.MarksSince != first {
		t.Errorf("marks since %v, not %v", w.MarksSince, first)
	}
}

func TestRecordingTakesNoMemory(t *testing.T) {
	r := flight.New(api.NewGatewayID())
	c, by := api.NewConversationID(), flight.Device{User: api.NewUserID()}
	if n := testing.AllocsPerRun(1000, func() { r.Pushed(c, 1, 2, 3); r.Marked(by, c, 1, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

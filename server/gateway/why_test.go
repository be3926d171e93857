package gateway_test

import (
	"math/rand/v2"
	"testing"

	"github.com/chatctl/chatctl/server/api"
)

// trail asks the administration for the way of an action of one sender until ok.
func (w *world) trail(t *testing.T, action api.ActionID, ok func(api.Traced) bool) api.Traced {
	t.Helper()
	var found api.Trail
	until(t, "the trail of the action", func() bool {
		found = api.Trail{}
		w.srv.Admin("GET", "/admin/v1/actions/"+action.String(), nil, &found)
		return len(found.Found) == 1 && ok(found.Found[0])
	})
	return found.Found[0]
}

func TestTheWayOfAnActionLeadsFromItsWorkerToTheDevicesThatAcknowledgedIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member.Connect()
	said := w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: "hello"})
	w.member.AwaitSeen(w.group, said.Seq)
	f := w.trail(t, said.Action, func(f api.Traced) bool { return len(f.Way.Pushes) > 0 })
	if d := f.Decided; d == nil || d.Worker.IsZero() || d.Term < 1 || d.Position < 1 {
		t.Errorf("decided by %+v", d)
	}
	if p := f.Way.Pushes[0]; f.Way.Gateway.IsZero() || p.First > said.Seq || p.Last < said.Seq || p.Connections != 1 || p.Time < said.Time {
		t.Errorf("pushed by %s: %+v", f.Way.Gateway, p)
	}
	if len(f.Way.Acknowledged) != 0 {
		t.Errorf("acknowledged before anybody did: %+v", f.Way.Acknowledged)
	}

	w.owner.Mark(w.group, said.Seq) // by a request
	anywhere := rand.New(rand.NewPCG(1, 2))
	f = w.trail(t, said.Action, func(f api.Traced) bool {
		w.member.MarkSome(t.Context(), anywhere) // by its stream, also below
		return len(f.Way.Acknowledged) == 2
	})
	for _, a := range f.Way.Acknowledged {
		if a.Session.IsZero() || a.Received < said.Time || a.Read < said.Time || (a.Connection > 0) != (a.User != f.Sender) {
			t.Errorf("acknowledged: %+v", a)
		}
	}
}

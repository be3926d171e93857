package outbox_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/outbox"
)

func refused(a api.Action) api.Result {
	return api.Result{Action: a.ID, Outcome: api.Refused, Reason: api.ReasonUnavailable}
}

func failures(o *outbox.Outbox) (s []string) {
	for _, f := range o.Failures() {
		s = append(s, f.Action.Text)
	}
	return s
}

func has(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %q, not %q", what, got, want)
	}
}

func TestFailedSendsSurviveTheProcessUntilTheirOwnerDecides(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	o.KeepFailed()
	a, b, c, d := message("ada", "a"), message("ada", "b"), message("bob", "c"), message("cyd", "d")
	add(t, o, a, b, c)
	due(t, o, start, a, c)
	o.Settle(refused(a), start)
	o.Fail(b.ID, api.NewProblem("forbidden", ""))
	o.Fail(c.ID, api.NewProblem("forbidden", ""))
	o.Failed(outbox.Failure{Action: d, Error: "too long"})
	has(t, "open", kept(o))
	has(t, "failed", failures(o), "a", "b", "c", "d")
	o.Forget(c.ID)
	shut(t, o)

	o = open(t, path)
	defer shut(t, o)
	has(t, "open after a restart", kept(o))
	has(t, "failed after a restart", failures(o), "a", "b", "d")
	for _, f := range o.Failures() {
		again := f.Again()
		if same := again.ID == f.Action.ID; same == (f.Reason != "") {
			t.Errorf("%+v is tried again under its id: %v", f, same)
		}
	}
	add(t, o, b)
	has(t, "failed, with one tried again", failures(o), "a", "d")
	due(t, o, start, b)
}

func TestAFailureSaysWhetherAnEarlierTryMayHaveArrived(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	once, twice, before := message("ada", "once"), message("bob", "twice"), message("cyd", "before")
	add(t, o, before)
	shut(t, o) // and whether it was sent by then is not known
	o = open(t, path)
	defer shut(t, o)
	o.KeepFailed()
	add(t, o, once, twice)
	due(t, o, start, before, once, twice)
	o.Fail(once.ID, api.NewProblem("forbidden", ""))
	o.Again()
	due(t, o, start, before, twice)
	o.Fail(twice.ID, api.NewProblem("forbidden", ""))
	o.Fail(before.ID, api.NewProblem("forbidden", ""))
	for _, f := range o.Failures() {
		if f.Unsure != (f.Action.ID != once.ID) {
			t.Errorf("%s: unsure is %v", f.Action.Text, f.Unsure)
		}
	}
}

func TestOnlyTheLastThousandFailuresAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	o.KeepFailed()
	for i := range 1001 {
		o.Failed(outbox.Failure{Action: message("ada", fmt.Sprint(i)), Error: "x"})
	}
	shut(t, o)
	for range 2 {
		o = open(t, path)
		if got := failures(o); len(got) != 1000 || got[0] != "1" {
			t.Errorf("%d failures, from %s on", len(got), got[0])
		}
		shut(t, o)
	}
}

func TestFailuresOfNobodyAreForgotten(t *testing.T) {
	o := outbox.Memory()
	a, b := message("ada", "a"), message("ada", "b")
	add(t, o, a, b)
	o.Settle(refused(a), start)
	o.Fail(b.ID, api.NewProblem("forbidden", ""))
	o.Failed(outbox.Failure{Action: a})
	has(t, "failed", failures(o))
	has(t, "open", kept(o))
}

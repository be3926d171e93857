package machine_test

import (
	"context"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
)

func TestWaitComesBackAtItsMomentAndNotBefore(t *testing.T) {
	until := time.Now().Add(5 * time.Millisecond)
	machine.Wait(t.Context(), until)
	if early := time.Until(until); early > 0 {
		t.Errorf("%v too early", early)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	machine.Wait(ctx, time.Now().Add(time.Hour)) // returns: its context has ended
}

func TestTheUseOfAProcessIsKnown(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other processes are only read from /proc")
	}
	before := machine.Take(os.Getpid())
	for busy := time.Now(); time.Since(busy) < 50*time.Millisecond; {
	}
	after := machine.Take(os.Getpid())
	if after.Self <= before.Self || after.Server < before.Server || after.ServerRSS < 1<<20 {
		t.Errorf("%+v, then %+v", before, after)
	}
	if gone := machine.Take(1 << 30); gone.Server != 0 || gone.ServerRSS != 0 {
		t.Errorf("%+v of a process that is not there", gone)
	}
}

func TestTheKernelsGrowthIsSharedAmongTheNewSockets(t *testing.T) {
	before := machine.Kernel{Sockets: 10, Bytes: 1 << 20}
	if got := (machine.Kernel{Sockets: 20, Bytes: 2 << 20}).PerSocket(before); got != (1<<20)/10 {
		t.Errorf("%d bytes a socket", got)
	}
	for _, k := range []machine.Kernel{{}, {Sockets: 10, Bytes: 2 << 20}, {Sockets: 5}} {
		if got := k.PerSocket(before); got != 0 {
			t.Errorf("%+v: %d bytes a socket, though there are no more sockets", k, got)
		}
	}
}

func TestTooManyConnectionsAreToldBeforeTheyAreMade(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no limit of open files is known there")
	}
	if err := machine.RoomFor(10); err != nil {
		t.Error(err)
	}
	if err := machine.RoomFor(1 << 40); err != nil && !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("%v does not say what to do", err)
	}
}

package machine_test

import (
	"testing"
	"time"

	"github.com/chatctl/chatctl/embedded/machine"
)

func TestWhatAMachineCarriesIsLimitedByItsWeakestPart(t *testing.T) {
	for _, c := range []struct {
		m    machine.Spec
		want string
	}{
		{machine.Spec{Sync: 200 * time.Microsecond, Cores: 2, Files: 1 << 20, Memory: 4 << 30},
			"about 20000 messages/s from many senders (limit: processor), 1100/s from one, each in 880µs; 100000 connections (limit: memory)"},
		{machine.Spec{Sync: 20 * time.Millisecond, Cores: 8, Files: 1024, Memory: 64 << 30},
			"about 11000 messages/s from many senders (limit: disk), 11/s from one, each in 88ms; 760 connections (limit: open files)"},
		{machine.Spec{Sync: time.Millisecond, Cores: 1},
			"about 10000 messages/s from many senders (limit: processor), 220/s from one, each in 4.4ms"},
		{machine.Spec{Sync: time.Millisecond, Cores: 1, Files: 10},
			"about 10000 messages/s from many senders (limit: processor), 220/s from one, each in 4.4ms; 5 connections (limit: open files)"},
	} {
		if got := c.m.Carries(); got != c.want {
			t.Errorf("%+v:\n%s, want\n%s", c.m, got, c.want)
		}
	}
}

package loadtest_test

import (
	"math"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/measure"
)

func TestAWrongConfigOfEachScenarioIsTold(t *testing.T) {
	base := loadtest.Config{Clients: 10, Duration: time.Second, Timeout: time.Second, Rate: 10, Payload: bytes("128")}
	for want, change := range map[string]func(*loadtest.Config){
		"--members 3":     func(c *loadtest.Config) { c.Scenario, c.Members = loadtest.Rooms, 3 },
		"--slow 0":        func(c *loadtest.Config) { c.Scenario = loadtest.Slow },
		"--slow: only":    func(c *loadtest.Config) { c.Scenario, c.SlowReaders = loadtest.Fanout, 1 },
		"--drop":          func(c *loadtest.Config) { c.Scenario = loadtest.Reconnect },
		"--conversations": func(c *loadtest.Config) { c.Scenario, c.Conversations = loadtest.Fanout, 5 },
		"does not measure": func(c *loadtest.Config) {
			c.Scenario, c.Thresholds = loadtest.Connect, []measure.Threshold{demand(t, "p99<1s")}
		},
		"attaches per second":        func(c *loadtest.Config) { c.Scenario, c.Window = loadtest.Connect, 1 },
		"is not a scenario":          func(c *loadtest.Config) { c.Scenario = "storm" },
		"--rate NaN: a number":       func(c *loadtest.Config) { c.Rate = math.NaN() },
		"--rate +Inf: a number":      func(c *loadtest.Config) { c.Rate, c.Count = math.Inf(1), 5 },
		"--rate -1: a number":        func(c *loadtest.Config) { c.Rate = -1 },
		"--count -3: from 0":         func(c *loadtest.Config) { c.Count = -3 },
		"--ramp -2s: from 0":         func(c *loadtest.Config) { c.Ramp = -2 * time.Second },
		"--warmup -2s: from 0":       func(c *loadtest.Config) { c.Warmup = -2 * time.Second },
		"--members -1: at least 1":   func(c *loadtest.Config) { c.Scenario, c.Members = loadtest.Rooms, -1 },
		"--conversations -2: not":    func(c *loadtest.Config) { c.Scenario, c.Conversations = loadtest.Connect, -2 },
		"--conversations 1152921504": func(c *loadtest.Config) { c.Scenario, c.Clients, c.Conversations = loadtest.Connect, 16, 1<<60 },
		"--source": func(c *loadtest.Config) {
			c.Scenario, c.Sources = loadtest.Fanout, []netip.Addr{netip.IPv4Unspecified()}
		},
		"--source 203.0.113.9: not an address of this machine": func(c *loadtest.Config) {
			c.Scenario, c.Sources = loadtest.Fanout, []netip.Addr{netip.MustParseAddr("203.0.113.9")}
		},
		"--source ::1: no connection leads from there": func(c *loadtest.Config) {
			c.Scenario, c.Sources, c.Target.URL = loadtest.Fanout, []netip.Addr{netip.IPv6Loopback()}, &url.URL{Host: "127.0.0.1:80"}
		},
		"--source 127.0.0.1: a loopback address": func(c *loadtest.Config) {
			c.Scenario, c.Sources, c.Target.URL = loadtest.Fanout, []netip.Addr{netip.MustParseAddr("127.0.0.1")}, &url.URL{Host: "203.0.113.9"}
		},
	} {
		c := base
		change(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}

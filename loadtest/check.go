package loadtest

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
)

// Bounds of a test, so that it ends and fits.
const (
	maxClients  = 50_000
	maxMessages = 1 << 31
	maxTracks   = 20_000_000 // receivers times senders: 48 bytes of ledger each
	maxPlaces   = 2_000_000  // clients times conversations: a row each at the server
	maxDuration = 24 * time.Hour
)

// complaints collects all that is wrong.
type complaints []error

func (all *complaints) bad(is bool, format string, args ...any) {
	if is {
		*all = append(*all, fmt.Errorf(format, args...))
	}
}

// Check joins all that is wrong with c, in the words of the command's flags.
func (c Config) Check() error {
	var all complaints
	shape, known := scenarios[c.Scenario]
	all.bad(!known, "%q is not a scenario: %s", c.Scenario, scenarioNames())
	all.bad(c.Clients < 1 || c.Clients > maxClients, "--clients %d: between 1 and %d", c.Clients, maxClients)
	all.bad(c.Duration <= 0 && !c.counted() || c.Duration > maxDuration, "--duration %v: more than 0 and at most %v", c.Duration, maxDuration)
	all.bad(c.Warmup < 0 || c.Warmup > maxDuration, "--warmup %v: from 0 to %v", c.Warmup, maxDuration)
	all.bad(c.Ramp < 0 || c.Ramp > maxDuration, "--ramp %v: from 0 to %v", c.Ramp, maxDuration)
	all.bad(c.Timeout <= 0, "--timeout %v: more than 0", c.Timeout)
	all.bad(c.Count < 0 || c.Count > maxMessages, "--count %d: from 0 to %d", c.Count, int64(maxMessages))
	c.checkPeople(&all, shape)
	c.checkLoad(&all, shape)
	for _, t := range c.Thresholds {
		all.bad(known && !c.Scenario.Measures(t.Metric()), "--threshold %s: %s does not measure %q", t, c.Scenario, t.Metric())
	}
	for _, a := range c.Sources {
		if err := c.checkSource(a); err != nil {
			all.bad(true, "--source %v: %w", a, err)
		}
	}
	return errors.Join(all...)
}

// counted tells whether a Count can end the measuring alone.
func (c Config) counted() bool {
	return c.Scenario == Connect || c.Count > 0 && scenarios[c.Scenario].sends && c.Scenario != Slow
}

// checkSource says why clients cannot connect from an address of theirs to the server.
func (c Config) checkSource(a netip.Addr) error {
	if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() {
		return errors.New("not an address to connect from")
	}
	var to netip.Addr // unknown when it is a name, or not known yet: who dials will see
	if c.Target.URL != nil {
		to, _ = netip.ParseAddr(c.Target.URL.Hostname())
	}
	switch {
	case to.IsValid() && to.Unmap().Is4() != a.Unmap().Is4():
		return fmt.Errorf("no connection leads from there to %v", to)
	case to.IsValid() && a.IsLoopback() && !to.IsLoopback():
		return fmt.Errorf("a loopback address does not reach %v", to)
	}
	if err := machine.Owns(a); err != nil {
		return fmt.Errorf("not an address of this machine: %w", err)
	}
	return nil
}

func (c Config) checkPeople(all *complaints, shape shape) {
	members := c.Clients
	if c.Scenario == Rooms {
		members = c.Members
		all.bad(members < 1 || c.Clients%max(members, 1) != 0, "--members %d: at least 1, and --clients %d a multiple of it", members, c.Clients)
	}
	if shape.groups {
		all.bad(members > api.MaxGroup, "a group of %d: it has at most %d members", members, api.MaxGroup)
		all.bad(c.Senders < 0 || c.Senders > members-c.SlowReaders, "--senders %d: between 1 and the members of a group that go on reading", c.Senders)
		all.bad(c.Senders*c.Clients > maxTracks, "--senders %d times --clients %d: at most %d", c.Senders, c.Clients, maxTracks)
	}
	all.bad(!shape.groups && c.Senders != 0, "--senders: only with fanout, rooms and slow")
	all.bad(c.Scenario == Slow && (c.SlowReaders < 1 || c.SlowReaders >= c.Clients), "--slow %d: at least 1, and fewer than --clients", c.SlowReaders)
	all.bad(c.Scenario != Slow && c.SlowReaders != 0, "--slow: only with slow")
	all.bad(c.Conversations < 0, "--conversations %d: not below 0", c.Conversations)
	all.bad(c.Conversations > maxPlaces/max(c.Clients, 1), "--conversations %d times --clients %d: at most %d", c.Conversations, c.Clients, maxPlaces)
	all.bad(c.Conversations > 0 && c.Clients >= api.MaxGroup, "--conversations: with fewer than %d clients", api.MaxGroup)
	all.bad(c.Conversations != 0 && c.Scenario != Connect && c.Scenario != Reconnect, "--conversations: only with connect and reconnect")
	if c.Scenario == Reconnect {
		all.bad(c.Drop != ByClients && c.Drop != ByServer, "--drop %q: clients or server", c.Drop)
		all.bad(c.Drop == ByServer && c.Target.URL != nil && c.Target.Restart == nil, "--drop server: only a server of the test's own is restarted")
	}
}

func (c Config) checkLoad(all *complaints, shape shape) {
	whole := (c.Duration + c.Warmup + c.Ramp).Seconds()
	all.bad(!(c.Rate >= 0) || math.IsInf(c.Rate, 1), "--rate %v: a number above 0", c.Rate) // NaN compares with nothing
	all.bad(c.Rate*whole > maxMessages && c.Count == 0, "--rate %v: at most %d deliveries in all", c.Rate, int64(maxMessages))
	all.bad(c.Window < 0 || c.Window > 100_000, "--window %d: between 1 and 100000", c.Window)
	if shape.sends {
		all.bad(c.Rate > 0 && c.Window > 0, "give either --rate (deliveries per second) or --window (messages under way per sender)")
		least, most := c.Payload.Bounds()
		all.bad(least < wire.MinPayload || most > api.MaxText, "--payload %s: between %d and %d bytes", c.Payload, wire.MinPayload, api.MaxText)
		return
	}
	if c.Scenario == Connect {
		all.bad(c.Rate > 0 && c.Window > 0, "give either --rate (attaches per second) or --window (attaches under way)")
		return
	}
	all.bad(c.Rate != 0 || c.Window != 0, "--rate and --window: %s clients send nothing", c.Scenario)
}

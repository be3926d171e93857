package loadtest

import (
	"net/netip"
	"net/url"
	"runtime"
)

// perSource is how many connections go out from one address: a little less than
// the ports that Linux gives out by itself (ip_local_port_range).
const perSource = 20_000

// sources spreads many connections to this machine's own loopback over several
// of its addresses, which Linux has without being asked; nil is the system's choice.
func sources(to *url.URL, connections int) (all []netip.Addr) {
	if to == nil || runtime.GOOS != "linux" || connections <= perSource {
		return nil
	}
	a, err := netip.ParseAddr(to.Hostname())
	if err != nil || !a.Is4() || !a.IsLoopback() {
		return nil
	}
	for range (connections + perSource - 1) / perSource {
		all = append(all, a)
		a = a.Next()
	}
	return all
}

// connections is how many are open at the same time.
func (c Config) connections() int {
	if c.Scenario == Direct {
		return 2 * c.Clients
	}
	return c.Clients
}

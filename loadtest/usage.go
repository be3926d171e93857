package loadtest

import "time"

// usage is what this process and the server's have used of the machine.
type usage struct {
	at        time.Duration
	self      time.Duration // CPU
	server    time.Duration // CPU; 0 when the process is not known
	serverRSS int64         // bytes; 0 when the process is not known
}

// take reads the use so far.
func take(c clock, server int) usage {
	u := usage{at: c.now(), self: selfCPU()}
	if server > 0 {
		u.server, u.serverRSS = processUse(server)
	}
	return u
}

// since is the use between then and u. Memory is u's.
func (u usage) since(then usage) usage {
	return usage{at: u.at - then.at, self: u.self - then.self, server: u.server - then.server, serverRSS: u.serverRSS}
}

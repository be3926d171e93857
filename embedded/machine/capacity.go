package machine

import (
	"fmt"
	"time"
)

// Spec is what decides how much a server will carry.
type Spec struct {
	Sync   time.Duration // an append of 200 bytes, synced
	Cores  int
	Files  uint64 // that the process may open; 0: no limit is known
	Memory uint64 // bytes; 0: unknown
}

// What was measured on two cores with a sync of 0.2 ms; chatctl doctor --help explains it.
const (
	syncsEach     = 4.4      // a message waits for two syncs, each 2.2 times a bare one
	perCore       = 10_000   // messages a second
	usefulCores   = 2        // one writes the database, one does all else
	largestBatch  = 1000     // messages of one transaction
	perConnection = 20 << 10 // bytes, the kernel's included
	keptFiles     = 256      // or half of few: databases, log, listeners
)

// Messages is how many a second many senders get through, and what limits them.
func (m Spec) Messages() (n int, limit string) {
	n, limit = perCore*min(max(m.Cores, 1), usefulCores), "processor"
	if disk := int(largestBatch / (syncsEach * m.Sync.Seconds())); disk < n {
		return disk, "disk"
	}
	return n, limit
}

// Connections is how many may be open, and what limits them; 0 where nothing is known.
func (m Spec) Connections() (n uint64, limit string) {
	if m.Memory > 0 {
		n, limit = m.Memory/2/perConnection, "memory"
	}
	if files := m.Files - min(keptFiles, m.Files/2); m.Files > 0 && (n == 0 || files < n) {
		n, limit = files, "open files"
	}
	return n, limit
}

// Carries says it to a person, in round figures.
func (m Spec) Carries() string {
	messages, by := m.Messages()
	one := 1 / (syncsEach * m.Sync.Seconds())
	s := fmt.Sprintf("about %d messages/s from many senders (limit: %s), %d/s from one, each in %v",
		rounded(uint64(messages)), by, rounded(uint64(one)), time.Duration(syncsEach*float64(m.Sync)).Round(10*time.Microsecond))
	if n, limit := m.Connections(); n > 0 {
		s += fmt.Sprintf("; %d connections (limit: %s)", rounded(n), limit)
	}
	return s
}

// rounded keeps two digits.
func rounded(n uint64) uint64 {
	unit := uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}

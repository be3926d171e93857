package jetstream

import "time"

// purge counts what may go. Its first time is always due, because a former owner
// may have left something.
type purge struct {
	below int64     // purged below
	last  time.Time // when
	read  []extent  // not counted yet, ascending
	may   int64     // bytes counted that may go
	asked int64     // up to where purging was last allowed
}

type extent struct {
	number int64
	bytes  int
}

// saw notes that a stored message was read.
func (p *purge) saw(number int64, bytes int) {
	p.read = append(p.read, extent{number, bytes})
}

// rest is up to where more may be purged than was, or 0.
func (p *purge) rest() int64 {
	if p.asked <= p.below {
		return 0
	}
	return p.asked
}

// due tells whether to purge below published now: when enough bytes may go, or
// anything at all and the last time is long ago.
func (p *purge) due(published, enough int64, every time.Duration, now time.Time) bool {
	p.asked = published
	if published <= p.below {
		return false
	}
	n := 0
	for ; n < len(p.read) && p.read[n].number < published; n++ {
		p.may += int64(p.read[n].bytes)
	}
	p.read = append(p.read[:0], p.read[n:]...)
	if p.may < enough && now.Sub(p.last) < every {
		return false
	}
	p.below, p.last, p.may = published, now, 0
	return true
}

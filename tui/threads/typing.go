package threads

import (
	"maps"
	"slices"
	"time"
)

// Typing tells that a member writes, which is so until then if nothing more is told.
func (k *Kept) Typing(handle string, until time.Time) {
	if k.typing == nil {
		k.typing = map[string]time.Time{}
	}
	k.typing[handle] = until
	k.writers()
}

// Wrote tells that a member writes no more: what they wrote has come, or they have left.
func (k *Kept) Wrote(handle string) {
	if _, was := k.typing[handle]; was {
		delete(k.typing, handle)
		k.writers()
	}
}

func (k *Kept) writers() {
	k.Thread = k.Thread.SetTyping(slices.Sorted(maps.Keys(k.typing)))
}

// Expire has those not writing any more of whom nothing more was told.
func (t *Threads) Expire(now time.Time) {
	for _, k := range t.by {
		n := len(k.typing)
		maps.DeleteFunc(k.typing, func(_ string, until time.Time) bool { return !now.Before(until) })
		if len(k.typing) != n {
			k.writers()
		}
	}
}

package rooms

import (
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/rail"
)

// Presence takes who is there and who is not.
func (r *Rooms) Presence(people []api.Presence) {
	for _, p := range people {
		r.presence[p.Handle] = rail.Away
		if p.Online {
			r.presence[p.Handle] = rail.Here
		}
	}
}

// Alone forgets who is there: without a connection nobody tells.
func (r *Rooms) Alone() { clear(r.presence) }

// Peers are the people of the direct conversations, of the most recent ones if
// there are more than most. They are in the order of their handles, so that the
// same people are the same list.
func (r *Rooms) Peers(most int) []string {
	var direct []*Room
	for _, room := range r.byKey {
		if room.Head.Peer != "" && room.There() {
			direct = append(direct, room)
		}
	}
	if len(direct) > most {
		slices.SortFunc(direct, func(a, b *Room) int { return b.Head.LastTime.Std().Compare(a.Head.LastTime.Std()) })
		direct = direct[:most]
	}
	handles := make([]string, len(direct))
	for i, room := range direct {
		handles[i] = room.Head.Peer
	}
	slices.Sort(handles)
	return handles
}

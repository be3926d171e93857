package attention

import (
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/act"
	"github.com/chatctl/chatctl/tui/rooms"
	"github.com/go-json-experiment/json"
)

// fresh is how old a message may be that rings: what was missed while nothing
// was connected is in the counts.
const fresh = 2 * time.Minute

// Of is the message that an entry of a room brings, if it is one worth ringing
// for: somebody else's, new, and not of a person whom the reader blocks. Who
// asks knows whether it is shown.
func Of(all *rooms.Rooms, room *rooms.Room, e api.Entry, now time.Time) (Message, bool) {
	if e.Kind != api.EntryMessage || e.Sender == room.Head.Me || now.Sub(e.Time.Std()) > fresh {
		return Message{}, false
	}
	var body api.MessageBody
	if json.Unmarshal(e.Body, &body) != nil || body.Deleted {
		return Message{}, false
	}
	from := room.Handle(e.Sender)
	if from == "" && room.Head.Kind == api.Direct {
		from = room.Head.Peer
	}
	if all.Blocked(from) {
		return Message{}, false
	}
	said, does := act.Said(body.Text)
	if does && from != "" {
		said = act.By("@"+from, said, true)
	}
	m := Message{Muted: room.Muted, Mention: slices.Contains(body.Mentions, room.Head.Me), Note: Note{Title: room.Name(), Body: said}}
	if room.Head.Kind == api.Group && from != "" {
		m.Title = "@" + from + " in " + room.Name()
	}
	return m, true
}

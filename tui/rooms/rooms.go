// Package rooms is what the chat client knows of its conversations: where they
// stand, who is in them, whom the reader blocks or has muted, and by which name
// people call them.
//
// A conversation has a key that lasts: of a direct one it is @ and the other's
// handle, also before its first message, when the server knows nothing of it;
// of a group it is its id. There is no I/O here. Rooms and its Room values
// belong to one screen.
package rooms

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/rail"
)

// Room is one conversation.
type Room struct {
	Key  string
	Head api.Head // all zero but Kind and Peer before the first message

	People map[api.MemberID]api.Member // nil until they are read
	Muted  bool
	Draft  bool
	Failed int // sends that wait for the reader's decision
}

// Name is what people call it: @bob, #ops. It may hold a stranger's text.
func (r *Room) Name() string {
	switch {
	case r.Head.Kind == api.Direct && r.Head.Peer != "":
		return "@" + r.Head.Peer
	case r.Head.Name != "":
		return "#" + r.Head.Name
	}
	return r.Key
}

// Heading is what stands over the conversation: its name, and what is to be
// known of it. It may hold a stranger's text.
func (r *Rooms) Heading(room *Room) string {
	s, h := room.Name(), room.Head
	switch {
	case h.Membership == api.Gone:
		s += "  (left)"
	case h.Kind == api.Group && room.People != nil:
		if n := len(room.Handles()); n == 1 {
			s += "  1 person"
		} else {
			s += fmt.Sprintf("  %d people", n)
		}
	}
	if h.Peer != "" && r.Blocked(h.Peer) {
		s += "  (blocked)"
	}
	if room.Muted {
		s += "  (muted)"
	}
	return s
}

// OtherPeople reports whether entries change who is in their conversation.
func OtherPeople(entries []api.Entry) bool {
	return slices.ContainsFunc(entries, func(e api.Entry) bool {
		return e.Kind == api.EntryMember || e.Kind == api.EntryCreate || e.Kind == api.EntryErase
	})
}

// There reports whether the server knows the conversation.
func (r *Room) There() bool { return !r.Head.Conversation.IsZero() }

// Unread is how many messages the reader has not read.
func (r *Room) Unread() int64 { return max(r.Head.LastOrd-r.Head.ReadOrd, 0) }

// Handle is the handle behind a member id, "" where it is not known.
func (r *Room) Handle(m api.MemberID) string { return r.People[m].Handle }

// Member is the member with a handle who is there now.
func (r *Room) Member(handle string) (api.Member, bool) {
	for _, m := range r.People {
		if m.Handle == handle && m.Membership == api.Present {
			return m, true
		}
	}
	return api.Member{}, false
}

// Handles are those of all who are there, in order.
func (r *Room) Handles() []string {
	var all []string
	for _, m := range r.People {
		if m.Membership == api.Present {
			all = append(all, m.Handle)
		}
	}
	slices.Sort(all)
	return all
}

// Members are all who are or were in it.
func (r *Room) Members() []api.Member { return slices.Collect(maps.Values(r.People)) }

// Ref names the room's draft. A direct conversation has no id before its first
// message, and what is written must outlive that: it is named by the person.
func (r *Room) Ref() api.ConversationID {
	if r.Head.Kind == api.Direct && r.Head.Peer != "" {
		sum := sha256.Sum256([]byte("draft for @" + r.Head.Peer))
		return api.ConversationID(sum[:16])
	}
	return r.Head.Conversation
}

// Rooms is all of them.
type Rooms struct {
	byKey    map[string]*Room
	byID     map[api.ConversationID]*Room
	blocked  map[string]bool // false: not any more
	muted    map[string]bool
	presence map[string]rail.Presence
}

// New returns Rooms that knows none. muted are the keys of the muted ones.
func New(muted []string) *Rooms {
	r := &Rooms{muted: map[string]bool{}, presence: map[string]rail.Presence{}}
	for _, key := range muted {
		r.muted[key] = true
	}
	r.Reset()
	return r
}

// Reset forgets what came from the server.
func (r *Rooms) Reset() {
	r.byKey, r.byID = map[string]*Room{}, map[api.ConversationID]*Room{}
	r.blocked = map[string]bool{}
	clear(r.presence)
}

// Head takes where a conversation stands, and returns its room. appeared is
// true when the room had none before.
func (r *Rooms) Head(h api.Head) (room *Room, appeared bool) {
	key := h.Conversation.String()
	if h.Kind == api.Direct && h.Peer != "" {
		key = "@" + h.Peer
	}
	room = r.byID[h.Conversation]
	if room == nil {
		room, appeared = r.at(key), true
		r.byID[h.Conversation] = room
	}
	if room.Key != key { // the other's account was erased, and with it the handle
		delete(r.byKey, room.Key)
		room.Key = key
		r.byKey[key] = room
	}
	room.Head = h
	return room, appeared
}

// Direct is the conversation with a person, made here when it is not there yet.
func (r *Rooms) Direct(handle string) *Room {
	room := r.at("@" + handle)
	room.Head.Kind, room.Head.Peer = api.Direct, handle
	return room
}

func (r *Rooms) at(key string) *Room {
	room := r.byKey[key]
	if room == nil {
		room = &Room{Key: key, Muted: r.muted[key]}
		r.byKey[key] = room
	}
	return room
}

// Of is the room of a conversation, nil when there is none.
func (r *Rooms) Of(c api.ConversationID) *Room { return r.byID[c] }

// At is the room with a key, nil when there is none.
func (r *Rooms) At(key string) *Room { return r.byKey[key] }

// To is the room that an action is about, nil where it is not known yet.
func (r *Rooms) To(a api.Action) *Room {
	if a.To != "" {
		return r.At("@" + a.To)
	}
	return r.Of(a.Conversation)
}

// Where says before an action which conversation it is about.
func (r *Rooms) Where(a api.Action) string {
	if room := r.To(a); room != nil {
		return room.Name() + ": "
	}
	if a.To != "" {
		return "@" + a.To + ": "
	}
	return ""
}

// Named are the groups that people call name, those that the reader is in now
// before those that were left.
func (r *Rooms) Named(name string) []*Room {
	var found []*Room
	for _, room := range r.byKey {
		if room.Head.Kind == api.Group && room.Head.Name == name {
			found = append(found, room)
		}
	}
	slices.SortFunc(found, func(a, b *Room) int {
		if x, y := a.Head.Membership == api.Gone, b.Head.Membership == api.Gone; x != y {
			if y {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Key, b.Key)
	})
	return found
}

// Mute mutes a room, or ends that.
func (r *Rooms) Mute(room *Room, muted bool) {
	room.Muted = muted
	if muted {
		r.muted[room.Key] = true
	} else {
		delete(r.muted, room.Key)
	}
}

// Muted are the keys of the muted rooms, in order.
func (r *Rooms) Muted() []string {
	var keys []string
	for key := range r.muted {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Block takes that the reader blocks a person, or not any more.
func (r *Rooms) Block(b api.Block) {
	r.blocked[b.Handle] = b.Active
}

// Blocking takes whom the reader blocked when that was read. What Block was told
// since is newer.
func (r *Rooms) Blocking(list []api.Block) {
	for _, b := range list {
		if _, told := r.blocked[b.Handle]; !told {
			r.blocked[b.Handle] = true
		}
	}
}

// Blocked reports whether the reader blocks a person.
func (r *Rooms) Blocked(handle string) bool { return r.blocked[handle] }

// Blocks are the handles of all whom the reader blocks.
func (r *Rooms) Blocks() []string {
	var all []string
	for handle, blocked := range r.blocked {
		if blocked {
			all = append(all, handle)
		}
	}
	slices.Sort(all)
	return all
}

// Handles are all people that the reader shares a conversation with, as far as
// they are known, in order.
func (r *Rooms) Handles() []string {
	seen := map[string]bool{}
	for _, room := range r.byKey {
		if room.Head.Peer != "" {
			seen[room.Head.Peer] = true
		}
		for _, m := range room.People {
			seen[m.Handle] = true
		}
	}
	var all []string
	for h := range seen {
		if h != "" {
			all = append(all, h)
		}
	}
	slices.Sort(all)
	return all
}

// Known are the people and the groups whose names the reader may want to write,
// those of the room on the screen first, and never the reader.
func (r *Rooms) Known(open *Room, me string) (handles, groups []string) {
	if open != nil {
		handles = open.Handles()
	}
	for _, h := range r.Handles() {
		if !slices.Contains(handles, h) {
			handles = append(handles, h)
		}
	}
	for _, room := range r.byKey {
		if room.Head.Kind == api.Group && room.Head.Membership == api.Present {
			groups = append(groups, room.Head.Name)
		}
	}
	slices.Sort(groups)
	return slices.DeleteFunc(handles, func(h string) bool { return h == me }), groups
}

// Settle forgets which rooms have failed sends, to be counted anew.
func (r *Rooms) Settle() {
	for _, room := range r.byKey {
		room.Failed = 0
	}
}

// Items is what the list of conversations shows.
func (r *Rooms) Items() []rail.Item {
	items := make([]rail.Item, 0, len(r.byKey))
	for _, room := range r.byKey {
		h := room.Head
		it := rail.Item{
			Key: room.Key, Name: room.Name(), Unread: room.Unread(), Mentions: h.Mentions,
			Presence: r.presence[h.Peer], Draft: room.Draft, Failed: room.Failed > 0, Muted: room.Muted, Gone: h.Membership == api.Gone,
		}
		if h.LastTime != 0 {
			it.Last = h.LastTime.Std()
		}
		items = append(items, it)
	}
	return items
}

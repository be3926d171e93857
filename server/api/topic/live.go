package topic

import (
	"encoding/binary"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
)

// LiveKind tells what an item of the live channel is.
type LiveKind byte

// The kinds of live item, with the key each is sent under.
const (
	LiveEntry    LiveKind = 1 + iota // conversation: an entry; Frame is the whole client frame
	LiveHead                         // conversation: its last seq, repeated 10-20 s after it (promises, rule 10)
	LiveMarks                        // conversation: a member's marks moved; Frame is the whole client frame
	LiveResult                       // person: a result for the connections of Session; gateway: for the request Attempt. Frame is the whole client frame
	LiveConflict                     // gateway: attempt Attempt used its key for another action
	LiveJoined                       // person: added to Conversation at Seq (or its direct conversation was created)
	LivePerson                       // person: Version is the person's new version
	LiveStanding                     // person: the account's standing moved to Version: read sessions again
	LiveTyping                       // conversation: a member types; Frame is the whole client frame
	LiveAsk                          // person: is anybody of theirs connected? Frame is the id of the gateway that asks
	LivePresent                      // gateway: Person is connected, to a gateway that was asked
)

// Live is one item of the live channel. Frame is a client frame (JSON) ready to
// be sent; the rest is what a gateway must know to route it.
type Live struct {
	Kind         LiveKind
	Conversation api.ConversationID
	Seq          int64 // LiveEntry: its seq; LiveHead: last seq; LiveJoined: the joining entry
	Session      api.SessionID
	Person       api.UserID
	Version      int64
	Attempt      int64
	Changes      []MemberChange // LiveEntry: who comes into or out of the room with this entry
	Frame        []byte
}

// MemberChange is one person who comes into or leaves a room with an entry.
type MemberChange struct {
	Person api.UserID
	Joined bool
}

// liveVersion is the form of a live item, for gateways and workers side by side.
const liveVersion = 1

// Append writes l to b: version, kind, ids, numbers as uvarints, changes, frame.
func (l *Live) Append(b []byte) []byte {
	b = append(b, liveVersion, byte(l.Kind))
	b = append(b, l.Conversation[:]...)
	b = append(b, l.Session[:]...)
	b = append(b, l.Person[:]...)
	for _, n := range [...]int64{l.Seq, l.Version, l.Attempt, int64(len(l.Changes))} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, c := range l.Changes {
		joined := byte(0)
		if c.Joined {
			joined = 1
		}
		b = append(append(b, c.Person[:]...), joined)
	}
	return append(b, l.Frame...)
}

// DecodeLive reads what Append wrote. Frame aliases b.
func DecodeLive(b []byte) (l Live, err error) {
	size := len(b)
	if len(b) < 2+3*16 || b[0] != liveVersion {
		return l, malformedLive(size)
	}
	l.Kind = LiveKind(b[1])
	copy(l.Conversation[:], b[2:])
	copy(l.Session[:], b[18:])
	copy(l.Person[:], b[34:])
	b = b[50:]
	var n [4]int64
	for i := range n {
		v, k := binary.Uvarint(b)
		if k <= 0 || v >= 1<<53 {
			return l, malformedLive(size)
		}
		n[i], b = int64(v), b[k:]
	}
	l.Seq, l.Version, l.Attempt = n[0], n[1], n[2]
	if n[3]*17 > int64(len(b)) {
		return l, malformedLive(size)
	}
	if n[3] > 0 {
		l.Changes = make([]MemberChange, n[3])
	}
	for i := range l.Changes {
		copy(l.Changes[i].Person[:], b)
		l.Changes[i].Joined = b[16] == 1
		b = b[17:]
	}
	l.Frame = b
	return l, nil
}

func malformedLive(size int) error {
	return fmt.Errorf("%w: a live item of %d bytes", ErrMalformed, size)
}

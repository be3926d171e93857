// Package membership is who is in which conversation, in what role, and what they
// may read of it, as one transaction finds and changes it.
//
// It owns the rows of members and their intervals, and of persons' versions, and
// promises that whoever's membership or role changes learns of it by their version.
// Whether somebody may do what they ask for, and the entry that tells it, are its
// caller's. Rows are of one transaction and one goroutine.
package membership

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/chat/news"
	"github.com/chatctl/chatctl/server/store"
)

// Rows are those of one transaction.
type Rows struct {
	tx     store.Tx
	news   *news.News
	faults Faults
}

// Faults break one promise each, so that a test can show that its checker sees it.
type Faults struct {
	LeavingEndsNothing  bool // who leaves goes on reading
	JoiningReadsNothing bool // who joins has everything before still to read
}

// In is the rows of a transaction; persons' new versions are added to n.
func In(tx store.Tx, n *news.News, faults Faults) *Rows {
	return &Rows{tx: tx, news: n, faults: faults}
}

// Place is where an entry lies.
type Place struct {
	Seq, Ord int64
	At       api.Time
}

// Conversation is a conversation as it stands.
type Conversation struct {
	Kind    api.ConversationKind
	History api.History
	A, B    api.UserID // of a direct one
	Members int64
}

// Other is the one of a direct conversation's two people that p is not.
func (c *Conversation) Other(p api.UserID) api.UserID {
	if p == c.A {
		return c.B
	}
	return c.A
}

// Conversation reads a conversation; nil when there is none.
func (r *Rows) Conversation(id api.ConversationID) (*Conversation, error) {
	c := &Conversation{}
	err := r.tx.Row(conversationNow, id[:]).Scan(&c.Kind, &c.History, &c.A, &c.B, &c.Members)
	if errors.Is(err, store.ErrNoRow) {
		return nil, nil
	}
	return c, err
}

// Seat is a person's membership.
type Seat struct {
	Person  api.UserID
	Member  api.MemberID
	Role    api.Role
	Present bool
}

// Seat reads a person's membership; without a member id when there never was any.
func (r *Rows) Seat(c api.ConversationID, p api.UserID) (Seat, error) {
	s := Seat{Person: p}
	err := r.tx.Row(seatNow, c[:], p[:]).Scan(&s.Member, &s.Role, &s.Present)
	if errors.Is(err, store.ErrNoRow) {
		return Seat{Person: p}, nil
	}
	return s, err
}

// SeatOf reads the membership that a member id names; the zero one when there is none.
func (r *Rows) SeatOf(c api.ConversationID, m api.MemberID) (Seat, error) {
	s := Seat{Member: m}
	err := r.tx.Row(seatOfMember, c[:], m[:]).Scan(&s.Person, &s.Role, &s.Present)
	if errors.Is(err, store.ErrNoRow) {
		return Seat{}, nil
	}
	return s, err
}

// Owner reads the membership of a group's owner; the zero one when there is none.
func (r *Rows) Owner(c api.ConversationID) (Seat, error) {
	s := Seat{Role: api.Owner, Present: true}
	err := r.tx.Row(ownerNow, c[:]).Scan(&s.Person, &s.Member)
	if errors.Is(err, store.ErrNoRow) {
		return Seat{}, nil
	}
	return s, err
}

// Join lets a person into a conversation from its entry first on, with the marks
// at read; they are the nth who ever joined.
func (r *Rows) Join(c api.ConversationID, p api.UserID, role api.Role, nth int64, read Place, first int64) (api.MemberID, error) {
	version, err := r.Raise(p)
	if err != nil {
		return api.MemberID{}, err
	}
	if r.faults.JoiningReadsNothing {
		read = Place{}
	}
	m := api.NewMemberID()
	err = r.tx.Row(join, c[:], p[:], m[:], string(role), nth, read.Seq, read.Ord, version).Scan(&m)
	if err == nil {
		_, err = r.tx.Exec(openInterval, c[:], p[:], first)
	}
	return m, err
}

// ShowPast lets a person read all of a conversation that lies before seq, too,
// without having been in it.
func (r *Rows) ShowPast(c api.ConversationID, p api.UserID, seq int64) error {
	_, err := r.tx.Exec(openPast, c[:], p[:], seq-1)
	return err
}

// Leave ends a person's membership with the entry at a place.
func (r *Rows) Leave(c api.ConversationID, p api.UserID, at Place) error {
	version, err := r.Raise(p)
	if err != nil {
		return err
	}
	if _, err := r.tx.Exec(depart, c[:], p[:], at.Seq, at.Ord, int64(at.At), version); err != nil || r.faults.LeavingEndsNothing {
		return err
	}
	_, err = r.tx.Exec(closeInterval, c[:], p[:], at.Seq)
	return err
}

// Rank gives a person another role.
func (r *Rows) Rank(c api.ConversationID, p api.UserID, role api.Role) error {
	version, err := r.Raise(p)
	if err != nil {
		return err
	}
	_, err = r.tx.Exec(setRole, c[:], p[:], string(role), version)
	return err
}

// HandOver makes the eldest admin beside p the owner, or else the eldest member; zero when there is none.
func (r *Rows) HandOver(c api.ConversationID, p api.UserID) (m api.MemberID, err error) {
	var heir api.UserID
	err = r.tx.Row(eldest, c[:], p[:]).Scan(&heir, &m)
	if errors.Is(err, store.ErrNoRow) {
		return api.MemberID{}, nil
	}
	if err != nil {
		return m, err
	}
	return m, r.Rank(c, heir, api.Owner)
}

// Touch lets a person's devices read how they stand in a conversation anew.
func (r *Rows) Touch(c api.ConversationID, p api.UserID) error {
	version, err := r.Raise(p)
	if err != nil {
		return err
	}
	_, err = r.tx.Exec(touch, c[:], p[:], version)
	return err
}

// Raise raises a person's version with a change that they must learn of, and tells it.
func (r *Rows) Raise(p api.UserID) (version int64, err error) {
	if err = r.tx.Row(raiseVersion, p[:]).Scan(&version); err == nil {
		r.news.Person(p, version)
	}
	return version, err
}

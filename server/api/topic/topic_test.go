package topic_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"pgregory.net/rapid"
)

func envelope() *topic.Envelope {
	return &topic.Envelope{
		Action: &api.Action{ID: api.NewActionID(), Type: api.SendMessage, Conversation: api.NewConversationID(), Text: "hello"},
		Hash:   topic.Digest{1, 2, 3}, Sender: api.NewUserID(), Session: api.NewSessionID(), At: api.Now(), Wait: true,
		People: []api.UserID{api.NewUserID()},
	}
}

func TestAnEnvelopeComesBackAsItWas(t *testing.T) {
	e := envelope()
	got, err := topic.DecodeEnvelope(e.Encode())
	if err != nil || !reflect.DeepEqual(got, e) {
		t.Fatalf("%+v, %v", got, err)
	}
	m := &topic.Envelope{Mark: &topic.Mark{Conversation: api.NewConversationID(), Person: api.NewUserID(), Read: 3}}
	got, err = topic.DecodeEnvelope(m.Encode())
	if err != nil || !reflect.DeepEqual(got, m) || got.Conversation() != m.Mark.Conversation {
		t.Fatalf("%+v, %v", got, err)
	}
}

// Promises, rule 21: a newer record stops its partition, it is never parked as malformed.
func TestANewerRecordIsToldFromAMalformedOne(t *testing.T) {
	for in, want := range map[string]error{
		`{"v":4,"unheard":{"of":1}}`:                          topic.ErrNewer,
		`{"v":4,"action":{"id":"another form"}}`:              topic.ErrNewer,
		`{"v":1}`:                                             topic.ErrMalformed,
		`{"v":0,"action":{}}`:                                 topic.ErrMalformed,
		`{"v":1,"action":{},"mark":{}}`:                       topic.ErrMalformed,
		`{"v":1,"action":{"type":"x"}}`:                       topic.ErrMalformed,
		`{"v":1,"hash":"000102030405060708090a0b0c0d0e0fzz"}`: topic.ErrMalformed,
		`nonsense`: topic.ErrMalformed,
		``:         topic.ErrMalformed,
	} {
		if _, err := topic.DecodeEnvelope([]byte(in)); !errors.Is(err, want) {
			t.Errorf("envelope %s: %v, not %v", in, err, want)
		}
	}
	for in, want := range map[string]error{
		`{"v":4}`: topic.ErrNewer,
		`{"v":1}`: topic.ErrMalformed,
		`{"v":1,"user":"019a0000-0000-7000-8000-000000000001"}`: topic.ErrMalformed,
		`[]`: topic.ErrMalformed,
	} {
		if _, err := topic.DecodeStanding([]byte(in)); !errors.Is(err, want) {
			t.Errorf("standing %s: %v, not %v", in, err, want)
		}
	}
}

func TestALiveItemComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Int64Range(0, 1<<53-1)
		l := topic.Live{
			Kind: topic.LiveKind(rapid.IntRange(1, 8).Draw(t, "kind")), Conversation: api.NewConversationID(), Session: api.NewSessionID(), Person: api.NewUserID(),
			Seq: number.Draw(t, "seq"), Version: number.Draw(t, "version"), Attempt: number.Draw(t, "attempt"),
			Frame: rapid.SliceOf(rapid.Byte()).Draw(t, "frame"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			l.Changes = append(l.Changes, topic.MemberChange{Person: api.NewUserID(), Joined: rapid.Bool().Draw(t, "joined")})
		}
		got, err := topic.DecodeLive(l.Append(nil))
		if err != nil || !reflect.DeepEqual(got, l) {
			t.Fatalf("%+v came back as %+v (%v)", l, got, err)
		}
	})
}

func TestAPartitionIsTheConversationsForEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, n := api.NewConversationID(), rapid.IntRange(1, 64).Draw(t, "partitions")
		if p := topic.Partition(c, n); p < 0 || p >= n || p != topic.Partition(c, n) {
			t.Fatalf("partition %d of %d", p, n)
		}
	})
	// Fixed: a change would send the actions of one conversation to two places.
	c := api.ConversationID{12: 1, 13: 2, 14: 3, 15: 4}
	if p := topic.Partition(c, 64); p != 4 {
		t.Fatalf("partition %d", p)
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add(envelope().Encode())
	f.Add([]byte(`{"v":1,"mark":{"conversation":"019a0000-0000-7000-8000-000000000001","person":"019a0000-0000-7000-8000-000000000001"}}`))
	f.Add([]byte(`{"v":1,"hash":"00"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := topic.DecodeEnvelope(b)
		if err != nil {
			known(t, err)
			return
		}
		first := e.Encode()
		again, err := topic.DecodeEnvelope(first)
		if err != nil || !bytes.Equal(again.Encode(), first) {
			t.Fatalf("%s does not come back: %v", first, err)
		}
		_ = e.Conversation()
	})
}

func FuzzStanding(f *testing.F) {
	s := topic.Standing{User: api.NewUserID(), Version: 3, Handle: "ada", Revoked: []api.SessionID{api.NewSessionID()}}
	f.Add(s.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := topic.DecodeStanding(b)
		if err != nil {
			known(t, err)
			return
		}
		first := s.Encode()
		if again, err := topic.DecodeStanding(first); err != nil || !bytes.Equal(again.Encode(), first) {
			t.Fatalf("%s does not come back: %v", first, err)
		}
	})
}

func FuzzLive(f *testing.F) {
	l := topic.Live{Kind: topic.LiveEntry, Conversation: api.NewConversationID(), Seq: 7, Frame: []byte("{}"),
		Changes: []topic.MemberChange{{Person: api.NewUserID(), Joined: true}, {Person: api.NewUserID()}}}
	f.Add(l.Append(nil))
	f.Add((&topic.Live{Kind: topic.LiveResult, Person: api.NewUserID(), Session: api.NewSessionID(), Attempt: 1 << 52}).Append(nil))
	f.Add(bytes.Repeat([]byte{0xff}, 80))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := topic.DecodeLive(b)
		if err != nil {
			known(t, err)
			return
		}
		again, err := topic.DecodeLive(l.Append(nil))
		if err != nil || !reflect.DeepEqual(again, l) {
			t.Fatalf("%+v comes back as %+v (%v)", l, again, err)
		}
	})
}

// known fails for an error that the worker would not know how to take.
func known(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, topic.ErrMalformed) && !errors.Is(err, topic.ErrNewer) {
		t.Fatalf("an error of no kind: %v", err)
	}
}

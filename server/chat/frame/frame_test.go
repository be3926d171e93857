package frame_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/chat/frame"
	"pgregory.net/rapid"
)

func TestFramesEqualWhatTheContractEncodes(t *testing.T) {
	ids := rapid.SliceOfN(rapid.Byte(), 16, 16)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<53-1)
		same := func(got []byte, want any) {
			t.Helper()
			if string(got) != string(api.Encode(want)) {
				t.Fatalf("wrote %s\nwant  %s", got, api.Encode(want))
			}
		}
		c := api.ConversationID(ids.Draw(t, "conversation"))
		m := api.MemberID(ids.Draw(t, "member"))
		a := api.ActionID(ids.Draw(t, "action"))
		at := api.Time(rapid.Int64Range(0, 4e12).Draw(t, "time"))

		body := api.MessageBody{Text: rapid.String().Draw(t, "text"), ReplyTo: n.Draw(t, "reply")}
		for range rapid.IntRange(0, 3).Draw(t, "mentions") {
			body.Mentions = append(body.Mentions, m)
		}
		raw, err := frame.Message(nil, &body)
		if err != nil {
			t.Fatal(err)
		}
		same(raw, &body)

		e := api.Entry{Conversation: c, Seq: n.Draw(t, "seq"), Ord: n.Draw(t, "ord"), Kind: api.EntryMessage, Sender: m, Action: a, Time: at, Body: raw}
		same(frame.Entry(nil, &e), &api.ServerFrame{Kind: api.FrameEntry, Event: &e})

		r := api.Result{Action: a, Outcome: api.MessageSent, Conversation: c, Seq: e.Seq, Ord: e.Ord, Time: at}
		if rapid.Bool().Draw(t, "refused") {
			r = api.Result{Action: a, Outcome: api.Refused, Reason: api.ReasonUnavailable, Time: at}
		}
		same(frame.Result(nil, &r), &api.ServerFrame{Kind: api.FrameResult, Action: a, Result: &r})
		if a.IsZero() || c.IsZero() || m.IsZero() {
			return
		}
		same(frame.Conflict(nil, a), &api.ServerFrame{Kind: api.FrameConflict, Action: a})
		same(frame.Marks(nil, c, m, e.Seq, e.Ord), &api.ServerFrame{Kind: api.FrameMarks, Conversation: c, Member: m, Received: e.Seq, Read: e.Ord})
		same(frame.Person(nil, e.Seq), &api.ServerFrame{Kind: api.FramePerson, Version: e.Seq})
	})
}

func BenchmarkEntryFrame(b *testing.B) {
	e := api.Entry{Conversation: api.NewConversationID(), Seq: 123456, Ord: 123456, Kind: api.EntryMessage, Sender: api.NewMemberID(),
		Action: api.NewActionID(), Time: api.Now(), Body: []byte(`{"text":"good morning"}`)}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = frame.Entry(buf[:0], &e)
	}
}

package loadtest

import (
	"reflect"
	"testing"

	"github.com/chatctl/chatctl/server/api"
)

func messageFrame(text string) []byte {
	return api.Encode(api.ServerFrame{Kind: api.FrameEntry, Event: &api.Entry{
		Conversation: api.NewConversationID(), Seq: 42, Ord: 41, Kind: api.EntryMessage, Sender: api.NewMemberID(),
		Action: actionID(7), Time: api.Now(), Body: api.Encode(api.MessageBody{Text: text}),
	}})
}

func TestAMessageOfTheServersOwnShapeIsReadQuickly(t *testing.T) {
	want := stamp{due: 123456789, sender: 3, n: 77, floor: 70}
	text := appendText(nil, want, 128)
	if len(text) != 128 {
		t.Errorf("a text of %d bytes, not 128", len(text))
	}
	e, ok := quickEntry(messageFrame(string(text)))
	if !ok {
		t.Fatal("it is not")
	}
	if got, ok := parseStamp(e.text); !ok || got != want || e.seq != 42 {
		t.Errorf("got %+v, seq %d; want %+v, seq 42", got, e.seq, want)
	}
}

// Whatever comes: what is read quickly is what a whole reading gives.
func FuzzQuickReadingAgreesWithWholeReading(f *testing.F) {
	f.Add(messageFrame("~t=hello"))
	f.Add(messageFrame(`a "quoted" text`))
	f.Add([]byte(`{"kind":"live"}`))
	f.Add([]byte(`{"kind":"entry","event":{"conversation":"x","seq":1,"ord":1,"entry":"message","sender":"","action":"","time":"","body":{"text":"a"}}}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		quick, ok := quickEntry(frame)
		whole := readFrame(frame)
		if !ok || whole.kind == failed { // a server does not send what cannot be read
			return
		}
		if !reflect.DeepEqual(quick, whole) {
			t.Errorf("%+v is not %+v", quick, whole)
		}
	})
}

func TestWhatIsSentIsWhatTheServerTakes(t *testing.T) {
	text := appendText(nil, stamp{due: 1, n: 2}, 200)
	for name, frame := range map[string][]byte{
		"message to a group":  chatctl{}.message(nil, 9, address{conversation: api.NewConversationID()}, text),
		"message to a person": chatctl{}.message(nil, 9, address{handle: "ada"}, text),
		"action":              chatctl{}.action(nil, 9, api.Action{Type: api.CreateGroup, Name: "load test"}),
		"attach":              chatctl{}.first(),
		"pull":                chatctl{}.pull(api.NewConversationID(), 3),
	} {
		got, err := api.Decode[api.ClientFrame](frame)
		if err == nil {
			err = got.Check()
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got.Action != nil && (numberOf(got.Action.ID) != 9 || got.Ref != "9") {
			t.Errorf("%s: its number is %d and its ref %q, not 9", name, numberOf(got.Action.ID), got.Ref)
		}
	}
}

func BenchmarkReadDelivery(b *testing.B) {
	frame := messageFrame(string(appendText(nil, stamp{due: 1, n: 2}, 128)))
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		e := chatctl{}.read(frame)
		if _, ok := parseStamp(e.text); !ok {
			b.Fatal("no stamp")
		}
	}
}

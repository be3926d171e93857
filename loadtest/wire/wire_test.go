package wire

import (
	"reflect"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

func messageFrame(text string) []byte {
	return api.Encode(api.ServerFrame{Kind: api.FrameEntry, Event: &api.Entry{
		Conversation: api.NewConversationID(), Seq: 42, Ord: 41, Kind: api.EntryMessage, Sender: api.NewMemberID(),
		Action: actionID(7), Time: api.Now(), Body: api.Encode(api.MessageBody{Text: text}),
	}})
}

func TestAMessageOfTheServersOwnShapeIsReadQuickly(t *testing.T) {
	want := Stamp{Due: 123456789, Late: 1500 * time.Microsecond, Sender: 3, N: 77, Floor: 70}
	text := AppendText(nil, want, 128)
	if len(text) != 128 {
		t.Errorf("a text of %d bytes, not 128", len(text))
	}
	e, ok := quickEntry(messageFrame(string(text)))
	if !ok {
		t.Fatal("it is not")
	}
	if got, ok := ParseStamp(e.Text); !ok || got != want || e.Seq != 42 {
		t.Errorf("got %+v, seq %d; want %+v, seq 42", got, e.Seq, want)
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
		if !ok || whole.Kind == Failed { // a server does not send what cannot be read
			return
		}
		if !reflect.DeepEqual(quick, whole) {
			t.Errorf("%+v is not %+v", quick, whole)
		}
	})
}

func TestWhatIsSentIsWhatTheServerTakes(t *testing.T) {
	text := AppendText(nil, Stamp{Due: 1, N: 2}, 200)
	for name, frame := range map[string][]byte{
		"message to a group":  Chatctl{}.Message(nil, 9, Address{Conversation: api.NewConversationID()}, text),
		"message to a person": Chatctl{}.Message(nil, 9, Address{Handle: "ada"}, text),
		"action":              Chatctl{}.Action(nil, 9, api.Action{Type: api.CreateGroup, Name: "load test"}),
		"attach":              Chatctl{}.First(),
		"pull":                Chatctl{}.Pull(api.NewConversationID(), 3),
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
	frame := messageFrame(string(AppendText(nil, Stamp{Due: 1, N: 2}, 128)))
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		e := Chatctl{}.Read(frame)
		if _, ok := ParseStamp(e.Text); !ok {
			b.Fatal("no stamp")
		}
	}
}

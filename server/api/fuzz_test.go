package api_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json/jsontext"
)

var framesSeen = []string{
	`{"kind":"attach"}`,
	`{"kind":"attach","cursor":"abc","ref":"1"}`,
	`{"kind":"authenticate","ticket":"t"}`,
	`{"kind":"ping","ref":"é"}`,
	`{"kind":"pull","conversation":"019a0000-0000-7000-8000-000000000001","after":1,"to":5}`,
	`{"kind":"mark","conversation":"019a0000-0000-7000-8000-000000000001","read":9007199254740991}`,
	`{"kind":"action","action":{"id":"019a0000-0000-7000-8000-000000000001","type":"message.send","to":"ada","text":"hello"}}`,
	`{"kind":"action","action":{"id":"019a0000-0000-7000-8000-000000000001","type":"group.create","name":"ops","members":["ada"]}}`,
	`{"kind":"ping","kind":"ping"}`,
	`{"kind":"ping"} {}`,
	`{"kind":"ping","x":1}`,
	"{\"kind\":\"\xff\"}",
	`[[[[[[[[[[[[[[[[[[[[[[[[]]]]`,
	`null`, `""`, `{}`, ``, `{"kind":"mark","read":-1}`, `{"kind":"mark","read":1e400}`, `{"kind":"mark","read":1.5}`,
}

// What is refused is a problem of the caller's that can be sent back, and says where.
func problem(t *testing.T, err error) {
	t.Helper()
	var p *api.Problem
	if !errors.As(err, &p) || p.Code != "invalid" || p.Status != 400 {
		t.Fatalf("not a problem of the caller's: %v", err)
	}
	if p.Pointer != "" && p.Pointer[0] != '/' {
		t.Fatalf("the pointer %q is none", p.Pointer)
	}
	if !jsontext.Value(api.Encode(p)).IsValid() {
		t.Fatalf("the problem cannot be sent: %v", p)
	}
}

func FuzzAClientsFrame(f *testing.F) {
	for _, s := range framesSeen {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := api.Decode[api.ClientFrame](b)
		if err != nil {
			problem(t, err)
			return
		}
		if !jsontext.Value(b).IsValid() {
			t.Fatalf("%q is not JSON and was taken", b)
		}
		again, err := api.Decode[api.ClientFrame](api.Encode(&frame))
		if err != nil || !bytes.Equal(api.Encode(&again), api.Encode(&frame)) {
			t.Fatalf("%s comes back as %s (%v)", api.Encode(&frame), api.Encode(&again), err)
		}
		if err := frame.Check(); err != nil {
			problem(t, err)
			return
		}
		if frame.Action != nil {
			checked(t, *frame.Action)
		}
	})
}

func FuzzAnAction(f *testing.F) {
	f.Add("message.send", "ada", "hello @bob", int64(3), "", "", "")
	f.Add("group.create", "", "", int64(0), "ops", "since_join", "ada,bob")
	f.Add("block.set", "ada", "", int64(0), "", "", "")
	f.Add("held.retry", "", "\u202e", int64(-1), "a\nb", "all", ",")
	f.Fuzz(func(t *testing.T, kind, to, text string, reply int64, name, history, members string) {
		a := api.Action{ID: api.NewActionID(), Type: api.ActionType(kind), To: to, Text: text, ReplyTo: reply, Name: name, History: api.History(history)}
		if members != "" {
			a.Members = strings.Split(members, ",")
		}
		if err := a.Check(); err != nil {
			var p *api.Problem
			if !errors.As(err, &p) || p.Code != "invalid" {
				t.Fatalf("got %v", err)
			}
			return
		}
		checked(t, a)
	})
}

// checked is what holds of every action that Check lets through.
func checked(t *testing.T, a api.Action) {
	t.Helper()
	if len(a.Text) > api.MaxText || len(a.Members) > api.MaxGroupCreate || a.ReplyTo < 0 || a.ReplyTo >= 1<<53 {
		t.Fatalf("beyond a limit: %+v", a)
	}
	if a.Type == api.RetryHeld || a.Type == api.DropHeld {
		t.Fatalf("a client may not ask for %s", a.Type)
	}
	again, err := api.Decode[api.Action](api.Encode(&a))
	if err != nil {
		t.Fatalf("%+v does not come back: %v", a, err)
	}
	if again.Hash() != a.Hash() {
		t.Fatalf("%+v has another hash once sent", a)
	}
	other := a
	other.ID = api.NewActionID()
	if other.Hash() != a.Hash() {
		t.Fatal("the id counts in the hash")
	}
	other.Text += "!"
	if other.Hash() == a.Hash() {
		t.Fatal("the text does not count in the hash")
	}
}

func FuzzAServersFrameAsAClientReadsIt(f *testing.F) {
	f.Add([]byte(`{"kind":"entry","event":{"seq":1,"body":{"text":"x"},"new":true}}`))
	f.Add([]byte(`{"kind":"hello","epoch":"019a0000-0000-7000-8000-000000000001"}`))
	f.Add([]byte(`{"kind":"heads","heads":[{"last_time":"2026-01-02T03:04:05.678Z"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := api.DecodeTolerant[api.ServerFrame](b)
		if err == nil && !jsontext.Value(api.Encode(&frame)).IsValid() {
			t.Fatalf("%q became what cannot be written", b)
		}
	})
}

func FuzzAnID(f *testing.F) {
	f.Add("019a0000-0000-7000-8000-000000000001")
	f.Add("{019a0000-0000-7000-8000-00000000001}")
	f.Add("urn:uuid:019a0000-0000-7000-8000-000000000001")
	f.Fuzz(func(t *testing.T, s string) {
		var id api.ActionID
		if id.UnmarshalText([]byte(s)) == nil && id.String() != strings.ToLower(s) {
			t.Fatalf("%q is read as %s", s, id)
		}
		user := api.UserID{1}
		if key := api.KeyedActionID(user, s); key.IsZero() != (s == "00000000-0000-0000-0000-000000000000") {
			t.Fatalf("the key %q names %v", s, key)
		}
	})
}

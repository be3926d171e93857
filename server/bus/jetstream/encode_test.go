package jetstream

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/chatctl/chatctl/server/bus"
)

func FuzzDecodeStoredMessage(f *testing.F) {
	var sound []byte
	for _, v := range []string{"", "one", string(bytes.Repeat([]byte("x"), 300))} {
		sound = appendRecord(sound, bus.Record{Key: [16]byte{1, 2}, Value: []byte(v)})
	}
	f.Add(sound)
	f.Add(sound[:len(sound)-1])
	f.Add([]byte{formOne})
	f.Add([]byte{formOne, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		recs, err := decode(b)
		if err != nil {
			return
		}
		again := []byte{formOne}
		for _, r := range recs {
			again = appendRecord(again, r)
		}
		back, err := decode(again)
		if err != nil || !reflect.DeepEqual(back, recs) {
			t.Errorf("%d records came back as %d: %v", len(recs), len(back), err)
		}
	})
}

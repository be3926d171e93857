package jetstream

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/chatctl/chatctl/server/bus"
)

func FuzzDecodeStoredMessage(f *testing.F) {
	sound := begin(nil, 300)
	for _, v := range []string{"", "one", string(bytes.Repeat([]byte("x"), 300))} {
		sound = appendRecord(sound, bus.Record{Key: [16]byte{1, 2}, Value: []byte(v)})
	}
	f.Add(sound)
	f.Add(sound[:len(sound)-1])
	f.Add([]byte{formOne})
	f.Add(begin(nil, 0))
	f.Add([]byte{formOne, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		published, recs, err := decode(b)
		if err != nil {
			return
		}
		again := begin(nil, published)
		for _, r := range recs {
			again = appendRecord(again, r)
		}
		head, back, err := decode(again)
		if err != nil || head != published || !reflect.DeepEqual(back, recs) {
			t.Errorf("%d records came back as %d: %v", len(recs), len(back), err)
		}
	})
}

package plural_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api/text/plural"
)

func TestOneIsNotMany(t *testing.T) {
	for got, want := range map[string]string{
		plural.Of(0, "client"):            "0 clients",
		plural.Of(1, "client"):            "1 client",
		plural.Of(int64(2), "client"):     "2 clients",
		plural.Of(1, "person", "people"):  "1 person",
		plural.Of(3, "person", "people"):  "3 people",
		plural.Of(-1, "entry", "entries"): "-1 entries",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

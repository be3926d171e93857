package journal_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/thread/journal"
	"pgregory.net/rapid"
)

var members = []api.MemberID{{1}, {2}, {3}}

func entry(seq int64, from api.MemberID, kind api.EntryKind, body any) api.Entry {
	return api.Entry{Seq: seq, Kind: kind, Sender: from, Body: api.Encode(body)}
}

func TestTheStateOfMessagesDoesNotDependOnTheOrderThatEntriesComeIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var entries []api.Entry
		for seq := int64(1); seq <= int64(rapid.IntRange(1, 50).Draw(t, "length")); seq++ {
			from := rapid.SampledFrom(members).Draw(t, "from")
			target := rapid.Int64Range(1, seq).Draw(t, "target")
			e := entry(seq, from, api.EntryMessage, api.MessageBody{Text: "text"})
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0, 1:
				e = entry(seq, from, api.EntryEdit, api.EditBody{Target: target, Text: rapid.StringMatching("[a-z]+").Draw(t, "edit")})
			case 2:
				e = entry(seq, from, api.EntryDelete, api.DeleteBody{Target: target})
			case 4:
				e = entry(seq, api.MemberID{}, api.EntryPurge, api.PurgeBody{Through: seq - 1})
			case 3:
				e = entry(seq, from, api.EntryErase, api.EraseBody{Member: from})
			}
			entries = append(entries, e)
		}
		want := journal.New()
		want.Read(entries, 0)
		got := journal.New()
		for rest := rapid.Permutation(append(entries, entries...)).Draw(t, "order"); len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "batch")
			from := rapid.IntRange(0, len(got.Items())).Draw(t, "from")
			var anchor *journal.Item
			if from < len(got.Items()) {
				anchor = got.Items()[from]
			}
			moved := got.Read(rest[:n], from)
			if anchor != nil && got.Items()[from+moved] != anchor {
				t.Fatalf("the item at %d did not move by %d", from, moved)
			}
			rest = rest[n:]
		}
		if len(got.Items()) != len(want.Items()) || got.Last() != want.Last() {
			t.Fatalf("%d items up to %d, not %d up to %d", len(got.Items()), got.Last(), len(want.Items()), want.Last())
		}
		for i, it := range got.Items() {
			w := want.Items()[i]
			if it.Seq != w.Seq || it.Text != w.Text || it.Gone != w.Gone || it.Edited != w.Edited || it.By != w.By {
				t.Fatalf("%+v, not %+v", it, w)
			}
		}
	})
}

func TestAQuotedMessageIsNoItemAndTakesItsEdits(t *testing.T) {
	j := journal.New()
	j.Read([]api.Entry{entry(9, members[0], api.EntryEdit, api.EditBody{Target: 3, Text: "new"})}, 0)
	j.Quote(entry(3, members[0], api.EntryMessage, api.MessageBody{Text: "old"}))
	if it := j.Quoted(3); it == nil || it.Text != "new" || j.At(3) != nil || len(j.Items()) != 0 {
		t.Fatalf("%+v", it)
	}
	j.Read([]api.Entry{entry(10, members[0], api.EntryDelete, api.DeleteBody{Target: 3})}, 0)
	if it := j.Quoted(3); !it.Gone || it.Text != "" {
		t.Fatalf("%+v", it)
	}
}

func TestAnEntryThatCannotBeReadKeepsItsPlace(t *testing.T) {
	j := journal.New()
	j.Read([]api.Entry{{Seq: 1, Kind: api.EntryMessage, Body: []byte(`{"text":7}`)}, {Seq: 2, Kind: api.EntryEdit, Body: []byte("[]")}, {Seq: 3, Kind: "reaction"}}, 0)
	if len(j.Items()) != 2 || j.Last() != 3 {
		t.Fatalf("%d items up to %d", len(j.Items()), j.Last())
	}
}

package thread

import (
	"cmp"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json/jsontext"
)

// item is one entry that has lines on the screen.
type item struct {
	seq     int64
	kind    api.EntryKind // or hidden
	sender  api.MemberID
	action  api.ActionID
	time    api.Time
	text    string // a message's, as it stands
	replyTo int64
	edited  int64 // the seq of the edit that the text is of
	gone    bool  // deleted or erased
	by      api.MemberID
	upTo    int64          // hidden: the last seq
	body    jsontext.Value // of other kinds than message

	drawn
}

// hidden is the kind of a range that the reader may not see; seq is its first.
const hidden api.EntryKind = "withheld"

// journal is what is loaded of a conversation's log. Invariant: items ascend by
// seq, each seq once, and every edit, deletion and erasure that has come is in
// them, whichever came first.
type journal struct {
	items  []*item
	edits  map[int64]revision        // by target
	gone   map[int64]deletion        // by target
	erased map[api.MemberID]deletion // what was before it
	last   int64                     // the highest seq of any kind
	kept   []*item                   // those whose lines are kept, in the order of drawing
}

type revision struct {
	seq  int64
	text string
}

type deletion struct {
	seq int64
	by  api.MemberID
}

func newJournal() *journal {
	return &journal{edits: map[int64]revision{}, gone: map[int64]deletion{}, erased: map[api.MemberID]deletion{}}
}

// find returns where seq stands, or would.
func (j *journal) find(seq int64) (int, bool) {
	return slices.BinarySearchFunc(j.items, seq, func(it *item, seq int64) int { return cmp.Compare(it.seq, seq) })
}

func (j *journal) at(seq int64) *item {
	if i, ok := j.find(seq); ok {
		return j.items[i]
	}
	return nil
}

// add puts items in their places and returns how many places what stood at index
// from, or after them all, has moved. Of what is there already the newer state is kept.
func (j *journal) add(items []*item, from int) (moved int) {
	slices.SortFunc(items, func(a, b *item) int { return cmp.Compare(a.seq, b.seq) })
	fresh := items[:0]
	for _, it := range items {
		j.last = max(j.last, it.seq, it.upTo)
		j.settle(it)
		if old := j.at(it.seq); old != nil {
			old.take(it)
		} else if len(fresh) == 0 || fresh[len(fresh)-1].seq != it.seq {
			fresh = append(fresh, it)
		}
	}
	if len(fresh) == 0 {
		return 0
	}
	start, _ := j.find(fresh[0].seq)
	if moved = len(fresh); from < len(j.items) {
		moved, _ = slices.BinarySearchFunc(fresh, j.items[from].seq, func(it *item, seq int64) int { return cmp.Compare(it.seq, seq) })
	}
	if start == len(j.items) { // the usual way: at the end
		j.items = append(j.items, fresh...)
		return moved
	}
	j.items = merge(j.items, fresh, start)
	return moved
}

// merge puts fresh into items, none of it before index start.
func merge(items, fresh []*item, start int) []*item {
	all := make([]*item, start, len(items)+len(fresh)+len(items)/8)
	copy(all, items[:start])
	for items = items[start:]; len(items) > 0 && len(fresh) > 0; {
		if items[0].seq < fresh[0].seq {
			all, items = append(all, items[0]), items[1:]
		} else {
			all, fresh = append(all, fresh[0]), fresh[1:]
		}
	}
	return append(append(all, items...), fresh...)
}

// take brings an item to the state of another reading of the same entry.
func (it *item) take(other *item) {
	if other.gone && !it.gone {
		it.gone, it.by, it.text = true, other.by, ""
	} else if other.edited > it.edited && !it.gone {
		it.text, it.edited = other.text, other.edited
	}
	it.forget()
}

// settle brings an item to the state that is known from other entries.
func (j *journal) settle(it *item) {
	if it.kind != api.EntryMessage || it.gone {
		return
	}
	if d, ok := j.gone[it.seq]; ok {
		it.take(&item{gone: true, by: d.by})
	} else if d, ok := j.erased[it.sender]; ok && it.seq < d.seq {
		it.take(&item{gone: true, by: d.by})
	} else if e, ok := j.edits[it.seq]; ok {
		it.take(&item{edited: e.seq, text: e.text})
	}
}

func (j *journal) edit(e revision, target int64) {
	if e.seq > j.edits[target].seq {
		j.edits[target] = e
	}
	j.last = max(j.last, e.seq)
	if it := j.at(target); it != nil {
		j.settle(it)
	}
}

func (j *journal) delete(d deletion, target int64) {
	j.gone[target] = d
	j.last = max(j.last, d.seq)
	if it := j.at(target); it != nil {
		j.settle(it)
	}
}

func (j *journal) erase(d deletion, member api.MemberID) {
	if d.seq > j.erased[member].seq {
		j.erased[member] = d
	}
	for _, it := range j.items {
		if it.sender == member {
			j.settle(it)
		}
	}
}

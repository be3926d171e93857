// Package journal is what is loaded of a conversation's log, as a reader sees it:
// messages in the state that they are in now, and what happened around them.
//
// It promises, in whatever order entries come, early, late or twice, that items
// ascend by seq, each once, and that every edit, deletion, erasure and purge that has
// come is in them. It does no I/O. A Journal belongs to one goroutine.
package journal

import (
	"cmp"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json/jsontext"
)

// Item is one entry that people see: a message or something that happened.
type Item struct {
	Seq     int64
	Kind    api.EntryKind // or Hidden
	Sender  api.MemberID
	Action  api.ActionID
	Time    api.Time
	Text    string // a message's, as it stands; a stranger's
	ReplyTo int64
	Names   []api.MemberID // whom a message mentions
	Edited  int64          // the seq of the edit that Text is of
	Gone    bool           // deleted or erased
	By      api.MemberID   // Gone: who deleted it, where that is known
	UpTo    int64          // Hidden: the last seq
	Body    jsontext.Value // of other kinds than message
	State   int            // rises when the message changes
}

// Hidden is the kind of a range that the reader may not see; Seq is its first.
const Hidden api.EntryKind = "withheld"

// Journal is the loaded part of one conversation's log.
type Journal struct {
	items  []*Item
	edits  map[int64]revision        // by target
	gone   map[int64]deletion        // by target
	erased map[api.MemberID]deletion // what was before it
	purges []purged
	quoted map[int64]*Item
	last   int64
}

type revision struct {
	seq   int64
	text  string
	names []api.MemberID
}

type deletion struct {
	seq int64
	by  api.MemberID
}

// purged is an entry by which all messages up to a seq were deleted.
type purged struct{ seq, through int64 }

// New returns a Journal with nothing in it.
func New() *Journal {
	return &Journal{edits: map[int64]revision{}, gone: map[int64]deletion{}, erased: map[api.MemberID]deletion{}, quoted: map[int64]*Item{}}
}

// Items are all of them, ascending. The slice is the journal's.
func (j *Journal) Items() []*Item { return j.items }

// Last is the highest seq of any kind that has come.
func (j *Journal) Last() int64 { return j.last }

// Find returns where the item of seq stands, or would.
func (j *Journal) Find(seq int64) (int, bool) {
	return slices.BinarySearchFunc(j.items, seq, func(it *Item, seq int64) int { return cmp.Compare(it.Seq, seq) })
}

// At is the item of seq, or nil.
func (j *Journal) At(seq int64) *Item {
	if i, ok := j.Find(seq); ok {
		return j.items[i]
	}
	return nil
}

// Quoted is the message of seq, loaded or taken by Quote, or nil.
func (j *Journal) Quoted(seq int64) *Item {
	if it := j.At(seq); it != nil {
		return it
	}
	return j.quoted[seq]
}

// add puts items in their places and returns how many places what stood at index
// from, or after them all, has moved. Of what is there already the newer state is kept.
func (j *Journal) add(items []*Item, from int) (moved int) {
	slices.SortFunc(items, func(a, b *Item) int { return cmp.Compare(a.Seq, b.Seq) })
	fresh := items[:0]
	for _, it := range items {
		j.last = max(j.last, it.Seq, it.UpTo)
		j.settle(it)
		if old := j.At(it.Seq); old != nil {
			old.take(it)
		} else if n := len(fresh); n > 0 && fresh[n-1].Seq == it.Seq {
			fresh[n-1].take(it)
		} else {
			fresh = append(fresh, it)
		}
	}
	if len(fresh) == 0 {
		return 0
	}
	start, _ := j.Find(fresh[0].Seq)
	if moved = len(fresh); from < len(j.items) {
		moved, _ = slices.BinarySearchFunc(fresh, j.items[from].Seq, func(it *Item, seq int64) int { return cmp.Compare(it.Seq, seq) })
	}
	if start == len(j.items) { // the usual way: at the end
		j.items = append(j.items, fresh...)
		return moved
	}
	j.items = merge(j.items, fresh, start)
	return moved
}

// merge puts fresh into items, none of it before index start.
func merge(items, fresh []*Item, start int) []*Item {
	all := make([]*Item, start, len(items)+len(fresh)+len(items)/8)
	copy(all, items[:start])
	for items = items[start:]; len(items) > 0 && len(fresh) > 0; {
		if items[0].Seq < fresh[0].Seq {
			all, items = append(all, items[0]), items[1:]
		} else {
			all, fresh = append(all, fresh[0]), fresh[1:]
		}
	}
	return append(append(all, items...), fresh...)
}

// take brings an item to the state of another reading of the same entry.
func (it *Item) take(other *Item) {
	switch {
	case other.Gone && !it.Gone:
		it.vanish(other.By)
	case !other.Gone && other.Edited > it.Edited:
		it.revise(revision{other.Edited, other.Text, other.Names})
	}
}

func (it *Item) vanish(by api.MemberID) {
	it.Gone, it.By, it.Text, it.Edited, it.Names = true, by, "", 0, nil
	it.State++
}

func (it *Item) revise(r revision) {
	if !it.Gone && r.seq > it.Edited {
		it.Text, it.Edited, it.Names = r.text, r.seq, r.names
		it.State++
	}
}

// settle brings an item to the state that is known from other entries.
func (j *Journal) settle(it *Item) {
	if it.Kind != api.EntryMessage {
		return
	}
	d, gone := j.gone[it.Seq]
	if e, ok := j.erased[it.Sender]; ok && it.Seq < e.seq && (!gone || e.seq < d.seq) {
		d, gone = e, true
	}
	for _, p := range j.purges {
		if it.Seq <= p.through && (!gone || p.seq < d.seq) {
			d, gone = deletion{seq: p.seq}, true
		}
	}
	if gone && (!it.Gone || it.By != d.by) {
		it.vanish(d.by)
	}
	if e, ok := j.edits[it.Seq]; ok {
		it.revise(e)
	}
}

func (j *Journal) edit(e revision, target int64) {
	if e.seq > j.edits[target].seq {
		j.edits[target] = e
	}
	j.last = max(j.last, e.seq)
	if it := j.Quoted(target); it != nil {
		j.settle(it)
	}
}

func (j *Journal) delete(d deletion, target int64) {
	if first, ok := j.gone[target]; !ok || d.seq < first.seq {
		j.gone[target] = d
	}
	j.last = max(j.last, d.seq)
	if it := j.Quoted(target); it != nil {
		j.settle(it)
	}
}

func (j *Journal) purge(p purged) {
	if slices.Contains(j.purges, p) {
		return
	}
	j.purges = append(j.purges, p)
	for _, it := range j.items {
		j.settle(it)
	}
	for _, it := range j.quoted {
		j.settle(it)
	}
}

func (j *Journal) erase(d deletion, member api.MemberID) {
	if d.seq > j.erased[member].seq {
		j.erased[member] = d
	}
	for _, it := range j.items {
		if it.Sender == member {
			j.settle(it)
		}
	}
	for _, it := range j.quoted {
		if it.Sender == member {
			j.settle(it)
		}
	}
}

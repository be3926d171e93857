package journal

import (
	"github.com/chatctl/chatctl/server/api"
)

// Read takes entries and returns how many places the item at index from, or what
// is after them all, has moved. An entry that cannot be read keeps its place, without
// details: another client may have more to show.
func (j *Journal) Read(entries []api.Entry, from int) (moved int) {
	var items []*Item
	for _, e := range entries {
		j.last = max(j.last, e.Seq)
		switch e.Kind {
		case api.EntryMessage:
			items = append(items, messageOf(e))
		case api.EntryEdit:
			if b, err := api.DecodeTolerant[api.EditBody](e.Body); err == nil && !b.Deleted {
				j.edit(revision{e.Seq, b.Text, b.Mentions}, b.Target)
			}
		case api.EntryDelete:
			if b, err := api.DecodeTolerant[api.DeleteBody](e.Body); err == nil {
				j.delete(deletion{e.Seq, e.Sender}, b.Target)
			}
		case api.EntryErase:
			if b, err := api.DecodeTolerant[api.EraseBody](e.Body); err == nil {
				j.erase(deletion{seq: e.Seq}, b.Member)
			}
			items = append(items, eventOf(e))
		case api.EntryPurge:
			if b, err := api.DecodeTolerant[api.PurgeBody](e.Body); err == nil {
				j.purge(purged{e.Seq, b.Through})
			}
			items = append(items, eventOf(e))
		default:
			items = append(items, eventOf(e))
		}
	}
	return j.add(items, from)
}

// Quote takes a message that others reply to and that is not loaded. It is none
// of the items; Quoted has it.
func (j *Journal) Quote(e api.Entry) {
	it := messageOf(e)
	j.settle(it)
	j.quoted[e.Seq] = it
}

func messageOf(e api.Entry) *Item {
	it := eventOf(e)
	b, err := api.DecodeTolerant[api.MessageBody](e.Body)
	if err != nil {
		return it
	}
	it.Body = nil
	it.Text, it.ReplyTo, it.Edited, it.Names = b.Text, b.ReplyTo, b.Edited, b.Mentions
	if b.Deleted {
		it.vanish(b.DeletedBy)
	}
	return it
}

func eventOf(e api.Entry) *Item {
	return &Item{Seq: e.Seq, Kind: e.Kind, Sender: e.Sender, Action: e.Action, Time: e.Time, Body: e.Body}
}

// Withheld takes ranges that the reader may not see. What lies below the first
// thing that can be read is no gap in the talk, and is not shown.
func (j *Journal) Withheld(ranges []api.Withheld, from int) (moved int) {
	var items []*Item
	for _, w := range ranges {
		if w.From > 1 {
			items = append(items, &Item{Seq: w.From, UpTo: w.To, Kind: Hidden})
		}
	}
	return j.add(items, from)
}

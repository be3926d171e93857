package thread

import (
	"github.com/chatctl/chatctl/server/api"
)

// read takes entries into the journal and returns how many places the item at
// index from has moved. An entry that cannot be read keeps its place, without
// details: another client may have more to show.
func (j *journal) read(entries []api.Entry, from int) (moved int) {
	var items []*item
	for _, e := range entries {
		j.last = max(j.last, e.Seq)
		switch e.Kind {
		case api.EntryMessage:
			items = append(items, messageOf(e))
		case api.EntryEdit:
			if b, err := api.DecodeTolerant[api.EditBody](e.Body); err == nil && !b.Deleted {
				j.edit(revision{e.Seq, b.Text}, b.Target)
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
		default:
			items = append(items, eventOf(e))
		}
	}
	return j.add(items, from)
}

func messageOf(e api.Entry) *item {
	it := eventOf(e)
	b, err := api.DecodeTolerant[api.MessageBody](e.Body)
	if err != nil {
		return it
	}
	it.body = nil
	it.text, it.replyTo, it.edited, it.gone, it.by = b.Text, b.ReplyTo, b.Edited, b.Deleted, b.DeletedBy
	return it
}

func eventOf(e api.Entry) *item {
	return &item{seq: e.Seq, kind: e.Kind, sender: e.Sender, action: e.Action, time: e.Time, body: e.Body}
}

// withheld takes ranges that the reader may not see. What lies below the first
// thing that can be read is no gap in the talk, and is not shown.
func (j *journal) withheld(ranges []api.Withheld, from int) (moved int) {
	var items []*item
	for _, w := range ranges {
		if w.From > 1 {
			items = append(items, &item{seq: w.From, upTo: w.To, kind: hidden})
		}
	}
	return j.add(items, from)
}

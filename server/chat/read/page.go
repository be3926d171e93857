package read

import (
	"context"
	"errors"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// entryOverhead is about what an entry takes beside its body.
const entryOverhead = 320

// Entries is a page of the log after a seq, up to to (0: the end), within what the reader may see.
func (r *Reader) Entries(ctx context.Context, user api.UserID, c api.ConversationID, after, to int64, limit int) (api.Page, error) {
	if to <= 0 {
		to = Open
	}
	return r.page(ctx, user, c, limit, func(tx store.Tx, v view, p *pager) error {
		return p.forward(tx, v, entriesUp, after, min(to, v.end))
	})
}

// Messages is a page of messages only, as they stand now for the reader (edits
// and deletions that they may see are applied), ascending: those after a seq, or with
// before > 0 the last ones below it; Next is then the lowest seq that the page
// covers, and the page before it is asked for with before = Next.
func (r *Reader) Messages(ctx context.Context, user api.UserID, c api.ConversationID, before, after int64, limit int) (api.Page, error) {
	return r.page(ctx, user, c, limit, func(tx store.Tx, v view, p *pager) error {
		p.scan, p.reader = scanMessage, []any{user[:]}
		if before > 0 {
			return p.backward(tx, v, min(before-1, v.end))
		}
		return p.forward(tx, v, messagesUp, after, v.end)
	})
}

func (r *Reader) page(ctx context.Context, user api.UserID, c api.ConversationID, limit int, fill func(store.Tx, view, *pager) error) (api.Page, error) {
	var p *pager
	err := r.db.Read(ctx, func(tx store.Tx) error {
		v, err := look(tx, user, c)
		if err != nil {
			return err
		}
		p = &pager{Page: api.Page{Conversation: c}, room: min(max(limit, 1), api.EntriesPage), bytes: api.EntriesPageBytes, scan: scanEntry}
		return fill(tx, v, p)
	})
	if err != nil {
		return api.Page{}, err
	}
	return p.Page, nil
}

// view is what a person may see of a conversation: spans of seq, ascending, and where they end.
type view struct {
	present bool
	end     int64
	spans   []api.Withheld // here: what is not withheld
}

func look(tx store.Tx, user api.UserID, c api.ConversationID) (v view, err error) {
	err = tx.Row(seat, c[:], user[:]).Scan(&v.present, &v.end)
	if errors.Is(err, store.ErrNoRow) {
		return v, api.NewProblem("not_found", "")
	}
	if err != nil {
		return v, err
	}
	err = tx.Each(spans, func(row store.Row) error {
		var s api.Withheld
		err := row.Scan(&s.From, &s.To)
		s.From, s.To = max(s.From, 1), min(s.To, v.end)
		if n := len(v.spans); n > 0 && s.From <= v.spans[n-1].To+1 { // an own time within what was before the latest
			v.spans[n-1].To = max(v.spans[n-1].To, s.To)
			return err
		}
		v.spans = append(v.spans, s)
		return err
	}, c[:], user[:])
	return v, err
}

// pager fills a page up to its bounds.
type pager struct {
	api.Page
	room, bytes int
	scan        func(store.Row, api.ConversationID) (api.Entry, error)
	reader      []any // a further argument of the query
}

// errPageFull ends a reading; it does not leave this file.
var errPageFull = errors.New("page is full")

// take adds an entry if there is room; the first one always fits.
func (p *pager) take(row store.Row) error {
	e, err := p.scan(row, p.Conversation)
	if err != nil {
		return err
	}
	size := len(e.Body) + entryOverhead
	if len(p.Entries) > 0 && size > p.bytes {
		p.room = 0
		return errPageFull
	}
	p.Entries = append(p.Entries, e)
	p.room, p.bytes = p.room-1, p.bytes-size
	return nil
}

// each takes what a query finds between two seqs.
func (p *pager) each(tx store.Tx, query string, from, to int64) error {
	return tx.Each(query, p.take, append([]any{p.Conversation[:], from, to, p.room}, p.reader...)...)
}

func (p *pager) hide(from, to int64) {
	if from <= to {
		p.Withheld = append(p.Withheld, api.Withheld{From: from, To: to})
	}
}

// forward covers what lies after a seq up to and including to, as far as it fits.
func (p *pager) forward(tx store.Tx, v view, query string, after, to int64) error {
	p.Next = max(after, 0)
	for _, s := range v.spans {
		if s.To <= p.Next || p.Next >= to {
			continue
		}
		p.hide(p.Next+1, min(s.From-1, to))
		p.Next = max(p.Next, min(s.From-1, to))
		if p.Next >= to {
			break
		}
		upto := min(s.To, to)
		err := p.each(tx, query, p.Next, upto)
		if err != nil && !errors.Is(err, errPageFull) {
			return err
		}
		if p.room <= 0 { // there may be more below upto
			p.Next = p.Entries[len(p.Entries)-1].Seq
			break
		}
		p.Next = upto
	}
	p.More = p.Next < to
	return nil
}

// backward covers what lies at or below to, as far as it fits.
func (p *pager) backward(tx store.Tx, v view, to int64) error {
	p.Next = to + 1
	for _, s := range slices.Backward(v.spans) {
		if s.From >= p.Next {
			continue
		}
		p.hide(s.To+1, p.Next-1)
		p.Next = min(p.Next, s.To+1)
		err := p.each(tx, messagesDown, s.From-1, p.Next)
		if err != nil && !errors.Is(err, errPageFull) {
			return err
		}
		if p.room <= 0 {
			p.Next = p.Entries[len(p.Entries)-1].Seq
			break
		}
		p.Next = s.From
	}
	p.More = len(v.spans) > 0 && p.Next > v.spans[0].From
	slices.Reverse(p.Entries)
	slices.Reverse(p.Withheld)
	return nil
}

func scanEntry(row store.Row, c api.ConversationID) (e api.Entry, err error) {
	e.Conversation = c
	var body []byte
	var purged int64
	if err = row.Scan(&e.Seq, &e.Ord, &e.Kind, &e.Sender, &e.Action, &e.Time, &body, &purged); err != nil {
		return e, err
	}
	e.Body = body
	return e, hide(&e, purged)
}

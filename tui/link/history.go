package link

import (
	"cmp"
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
)

// mostReads bounds the pages of the log that are read for one of messages.
const mostReads = 5

// Page answers History: the messages before a seq as they stand now, and what
// else happened among them, ascending.
type Page struct {
	Conversation api.ConversationID
	Page         api.Page
	Err          error
}

// History reads a page of the messages before a seq, which is at most the one
// after the last.
func (l *Link) History(c api.ConversationID, before int64) tea.Cmd {
	return l.ask(func(ctx context.Context) tea.Msg {
		p, err := l.client.Messages(ctx, c, before, 0, api.EntriesPage)
		if err == nil {
			err = l.fill(ctx, c, &p, before)
		}
		return Page{c, p, err}
	})
}

// fill adds to a page of messages what is in the log between them. Where that is
// very much, the page ends above what is not read of it.
func (l *Link) fill(ctx context.Context, c api.ConversationID, p *api.Page, before int64) error {
	var others []api.Entry
	reads := 0
	for hi := gap(*p, before-1); hi >= p.Next; {
		if reads++; reads > mostReads {
			cut(p, hi+1)
			break
		}
		lo := max(p.Next, hi-api.EntriesPage+1)
		found, err := l.log(ctx, c, lo, hi)
		if err != nil {
			return err
		}
		others = append(others, found...)
		hi = gap(*p, lo-1)
	}
	p.Entries = append(p.Entries, others...)
	slices.SortFunc(p.Entries, func(a, b api.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	return nil
}

// log is what is no message from one seq to another: messages are read as they
// were sent there, not as they stand.
func (l *Link) log(ctx context.Context, c api.ConversationID, from, to int64) (found []api.Entry, err error) {
	for after := from - 1; after < to; { // a page is bounded in bytes, too
		p, err := l.client.Entries(ctx, c, after, to, api.EntriesPage)
		if err != nil {
			return nil, err
		}
		for _, e := range p.Entries {
			if e.Kind != api.EntryMessage {
				found = append(found, e)
			}
		}
		if !p.More {
			break
		}
		after = p.Next
	}
	return found, nil
}

// gap is the highest seq up to hi that a page neither has nor tells to be withheld.
func gap(p api.Page, hi int64) int64 {
	told := slices.Clone(p.Withheld)
	for _, e := range p.Entries {
		told = append(told, api.Withheld{From: e.Seq, To: e.Seq})
	}
	slices.SortFunc(told, func(a, b api.Withheld) int { return cmp.Compare(b.To, a.To) })
	for _, t := range told {
		if t.To < hi {
			break
		}
		hi = min(hi, t.From-1)
	}
	return hi
}

// cut has a page begin with the seq next.
func cut(p *api.Page, next int64) {
	p.Next, p.More = next, true
	p.Entries = slices.DeleteFunc(p.Entries, func(e api.Entry) bool { return e.Seq < next })
	p.Withheld = slices.DeleteFunc(p.Withheld, func(w api.Withheld) bool { return w.To < next })
}

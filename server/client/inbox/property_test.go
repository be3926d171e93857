package inbox_test

import (
	"slices"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/inbox"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// world is a server's truth of one conversation and the way to one client,
// which loses, doubles and reorders.
type world struct {
	t       *rapid.T
	in      *inbox.Inbox
	now     time.Time
	log     []api.Entry // seq i+1
	hidden  map[int64]bool
	way     []api.Entry
	pulls   []inbox.Pull
	read    api.Head // the server's marks
	applied []int64
}

func TestWhateverIsLostDoubledOrReorderedAllIsAppliedOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, in: inbox.New(), now: time.Unix(0, 0), hidden: map[int64]bool{}}
		w.in.Hello(api.Epoch{1})
		w.head()
		w.in.Follow(conv("a"), 0, w.now)
		t.Repeat(map[string]func(*rapid.T){
			"":          w.check,
			"write":     w.write,
			"arrive":    w.arrive,
			"lose":      w.lose,
			"double":    w.double,
			"head":      func(*rapid.T) { w.head() },
			"mark":      w.mark,
			"wait":      w.wait,
			"pull":      func(*rapid.T) { w.ask() },
			"answer":    func(*rapid.T) { w.answer() },
			"reconnect": func(*rapid.T) { w.reconnect() },
		})
		w.reconnect()
		w.repair()
		w.agree()
	})
}

func (w *world) write(t *rapid.T) {
	e := api.Entry{Conversation: conv("a"), Seq: int64(len(w.log) + 1), Kind: api.EntryMessage, Body: jsontext.Value(`{"text":"x"}`)}
	if len(w.log) > 0 {
		e.Ord = w.log[len(w.log)-1].Ord
	}
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		e.Kind, e.Body = api.EntryMember, jsontext.Value(`{"change":"added"}`)
	case 1, 2:
		e.Sender = me
		e.Ord++
		w.read.ReadSeq, w.read.ReadOrd = e.Seq, e.Ord
	default:
		e.Ord++
	}
	w.log = append(w.log, e)
	if e.Sender != me && rapid.IntRange(0, 5).Draw(t, "hidden") == 0 {
		w.hidden[e.Seq] = true // as if the reader had been away
		return
	}
	w.way = append(w.way, e)
}

func (w *world) arrive(t *rapid.T) {
	if len(w.way) == 0 {
		t.Skip("nothing on the way")
	}
	i := rapid.IntRange(0, len(w.way)-1).Draw(t, "which")
	e := w.way[i]
	w.way = slices.Delete(w.way, i, i+1)
	w.take(w.in.Deliver(e, w.now))
}

func (w *world) lose(t *rapid.T) {
	if len(w.way) == 0 {
		t.Skip("nothing on the way")
	}
	i := rapid.IntRange(0, len(w.way)-1).Draw(t, "which")
	w.way = slices.Delete(w.way, i, i+1)
}

func (w *world) double(t *rapid.T) {
	if len(w.log) == 0 {
		t.Skip("nothing to double")
	}
	e := rapid.SampledFrom(w.log).Draw(t, "entry")
	if !w.hidden[e.Seq] {
		w.way = append(w.way, e)
	}
}

func (w *world) head() {
	h := api.Head{Conversation: conv("a"), Me: me, ReadSeq: w.read.ReadSeq, ReadOrd: w.read.ReadOrd, LastSeq: int64(len(w.log))}
	if len(w.log) > 0 {
		h.LastOrd = w.log[len(w.log)-1].Ord
	}
	w.in.Head(h, w.now)
}

func (w *world) mark(t *rapid.T) {
	if len(w.applied) == 0 {
		t.Skip("nothing to read")
	}
	read := rapid.SampledFrom(w.applied).Draw(t, "read")
	w.in.Mark(conv("a"), 0, read)
	if read > w.read.ReadSeq {
		w.read.ReadSeq, w.read.ReadOrd = read, w.log[read-1].Ord
	}
}

func (w *world) wait(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "ms")) * time.Millisecond)
}

func (w *world) ask() {
	if p, ok := w.in.Due(w.now); ok {
		w.pulls = append(w.pulls, p)
	}
}

// answer answers a pull with a page of at most three, or loses it.
func (w *world) answer() {
	if len(w.pulls) == 0 {
		return
	}
	p := w.pulls[0]
	w.pulls = w.pulls[1:]
	if rapid.IntRange(0, 4).Draw(w.t, "lost") == 0 {
		w.in.Failed(p.Conversation, w.now)
		return
	}
	w.take(w.in.Page(w.page(p), w.now))
}

func (w *world) page(p inbox.Pull) api.Page {
	page := api.Page{Conversation: p.Conversation, Next: min(p.After+3, p.To, int64(len(w.log)))}
	for seq := p.After + 1; seq <= page.Next; seq++ {
		if w.hidden[seq] {
			page.Withheld = append(page.Withheld, api.Withheld{From: seq, To: seq})
		} else {
			page.Entries = append(page.Entries, w.log[seq-1])
		}
	}
	return page
}

func (w *world) reconnect() {
	w.way, w.pulls = nil, nil
	w.in.Hello(api.Epoch{1})
	w.head()
	w.in.Attached(w.now)
}

// repair answers every pull until nothing is missing.
func (w *world) repair() {
	for n := 0; w.in.Missing() > 0; n++ {
		if n > 3*len(w.log)+10 {
			w.t.Fatal("pulls do not end")
		}
		at, ok := w.in.Next()
		if !ok {
			w.t.Fatal("something is missing and nothing is due")
		}
		w.now = at
		p, ok := w.in.Due(w.now)
		if !ok {
			w.t.Fatal("due, but no pull")
		}
		w.take(w.in.Page(w.page(p), w.now))
	}
}

func (w *world) take(es []api.Entry) {
	for _, e := range es {
		w.applied = append(w.applied, e.Seq)
	}
}

// check holds at every moment: what was applied is a prefix of what there is to see.
func (w *world) check(t *rapid.T) {
	visible := w.visible()
	if len(w.applied) > len(visible) || !slices.Equal(w.applied, visible[:len(w.applied)]) {
		t.Fatalf("applied %v of %v", w.applied, visible)
	}
}

func (w *world) agree() {
	if visible := w.visible(); !slices.Equal(w.applied, visible) {
		w.t.Fatalf("applied %v, there is %v", w.applied, visible)
	}
	h, _ := w.in.State(conv("a"))
	if want := w.lastOrd() - w.read.ReadOrd; h.LastOrd-h.ReadOrd != want || h.ReadSeq != w.read.ReadSeq {
		w.t.Fatalf("read %d, unread %d; the server says %d, %d", h.ReadSeq, h.LastOrd-h.ReadOrd, w.read.ReadSeq, want)
	}
}

func (w *world) lastOrd() int64 {
	if len(w.log) == 0 {
		return 0
	}
	return w.log[len(w.log)-1].Ord
}

func (w *world) visible() (seqs []int64) {
	for _, e := range w.log {
		if !w.hidden[e.Seq] {
			seqs = append(seqs, e.Seq)
		}
	}
	return seqs
}

package inbox_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/inbox"
	"github.com/go-json-experiment/json/jsontext"
)

// TestTranscripts runs testdata/*.txt: a line is an event, the lines after it
// that begin with ">" are what it does. Conversations are a (if none is named)
// and b.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { runTranscript(t, file) })
	}
}

func runTranscript(t *testing.T, file string) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &script{t: t, in: inbox.New(), now: time.Unix(0, 0)}
	var event string
	var want []string
	number, at := 0, 0
	check := func() {
		if event == "" {
			return
		}
		if got := s.run(strings.Fields(event)); got != strings.Join(want, "; ") {
			t.Errorf("%s:%d: %s\n got: %s\nwant: %s", file, at, event, got, strings.Join(want, "; "))
		}
		event, want = "", nil
	}
	for lines := bufio.NewScanner(strings.NewReader(string(b))); lines.Scan(); {
		number++
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '>':
			want = append(want, strings.TrimSpace(line[1:]))
		default:
			check()
			event, at = line, number
		}
	}
	check()
}

type script struct {
	t   *testing.T
	in  *inbox.Inbox
	now time.Time
}

var me = api.MemberID{1}

func conv(name string) api.ConversationID { return api.ConversationID{name[0]} }

// run does one event and tells what became of it.
func (s *script) run(words []string) string {
	arg := map[string]string{"in": "a"}
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		arg[k] = v
	}
	c := conv(arg["in"])
	var out []string
	switch words[0] {
	case "hello":
		if s.in.Hello(api.Epoch{arg["epoch"][0]}) {
			out = append(out, "reset")
		}
	case "head":
		s.in.Head(api.Head{Conversation: c, LastSeq: s.num(arg["last"]), LastOrd: s.num(arg["ord"]),
			ReadSeq: s.num(arg["read"]), ReadOrd: s.num(arg["readord"]), Mentions: s.num(arg["mentions"]), Name: arg["name"], Me: me}, s.now)
	case "follow":
		s.in.Follow(c, s.num(arg["after"]), s.now)
	case "unfollow":
		s.in.Unfollow(c)
	case "open":
		s.in.Open(c)
	case "attached":
		s.in.Attached(s.now)
	case "deliver":
		out = s.applied(out, s.in.Deliver(s.entry(c, arg["seq"], arg), s.now))
	case "page":
		out = s.applied(out, s.in.Page(s.page(c, arg), s.now))
	case "failed":
		s.in.Failed(c, s.now)
	case "mark":
		s.in.Mark(c, s.num(arg["received"]), s.num(arg["read"]))
	case "wait":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.now = s.now.Add(d)
	case "due":
		p, ok := s.in.Due(s.now)
		if !ok {
			return "nothing"
		}
		return fmt.Sprintf("pull %c %d-%d", p.Conversation[0], p.After+1, p.To)
	case "count":
		h, _ := s.in.State(c)
		return fmt.Sprintf("last %d, unread %d, mentions %d", h.LastSeq, h.LastOrd-h.ReadOrd, h.Mentions)
	case "name":
		h, _ := s.in.State(c)
		return h.Name
	default:
		s.t.Fatalf("unknown event %q", words[0])
	}
	return strings.Join(append(out, s.state(c)...), ", ")
}

// state tells what is kept back and when something has to be done.
func (s *script) state(c api.ConversationID) (out []string) {
	held, gap, missing := s.in.Inspect(c)
	if len(held) > 0 {
		out = append(out, "held "+ranges(held))
	}
	if missing {
		out = append(out, fmt.Sprintf("missing %s", ranges(span(gap.After+1, gap.To))))
	}
	if at, ok := s.in.Next(); ok {
		out = append(out, "timer "+at.Sub(s.now).String())
	}
	return out
}

func (s *script) entry(c api.ConversationID, seq string, arg map[string]string) api.Entry {
	e := api.Entry{Conversation: c, Seq: s.num(seq), Ord: s.num(seq), Kind: api.EntryMessage, Body: jsontext.Value(`{"text":"x"}`)}
	if arg["name"] != "" {
		e.Kind, e.Body = api.EntryRename, api.Encode(api.RenameBody{Name: arg["name"]})
	}
	if arg["from"] == "me" {
		e.Sender = me
	}
	if arg["mentions"] == "me" {
		e.Body = api.Encode(api.MessageBody{Text: "x", Mentions: []api.MemberID{me}})
	}
	return e
}

func (s *script) page(c api.ConversationID, arg map[string]string) api.Page {
	p := api.Page{Conversation: c, Next: s.num(arg["next"])}
	for _, r := range strings.FieldsFunc(arg["entries"], func(r rune) bool { return r == ',' }) {
		from, to := s.span(r)
		for _, seq := range span(from, to) {
			p.Entries = append(p.Entries, s.entry(c, strconv.FormatInt(seq, 10), nil))
		}
	}
	if arg["withheld"] != "" {
		from, to := s.span(arg["withheld"])
		p.Withheld = []api.Withheld{{From: from, To: to}}
	}
	return p
}

func (s *script) applied(out []string, es []api.Entry) []string {
	if len(es) == 0 {
		return out
	}
	seqs := make([]int64, len(es))
	for i, e := range es {
		seqs[i] = e.Seq
	}
	return append(out, "applied "+ranges(seqs))
}

func (s *script) num(v string) int64 {
	if v == "" {
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *script) span(r string) (from, to int64) {
	a, b, ok := strings.Cut(r, "-")
	if !ok {
		b = a
	}
	return s.num(a), s.num(b)
}

func span(from, to int64) (seqs []int64) {
	for ; from <= to; from++ {
		seqs = append(seqs, from)
	}
	return seqs
}

// ranges writes 1,2,3,5 as 1-3,5.
func ranges(seqs []int64) string {
	var out []string
	for i := 0; i < len(seqs); {
		j := i
		for j+1 < len(seqs) && seqs[j+1] == seqs[j]+1 {
			j++
		}
		if i == j {
			out = append(out, fmt.Sprint(seqs[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", seqs[i], seqs[j]))
		}
		i = j + 1
	}
	return strings.Join(out, ",")
}

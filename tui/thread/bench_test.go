package thread_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/thread"
	"github.com/chatctl/chatctl/tui/widget"
)

// crowded is a thread with so many messages on a screen of 200×60.
func crowded(messages int64) *talk {
	theme := widget.NewTheme(widget.Terminal{Colours: widget.Colours256, Links: true})
	x := &talk{Model: thread.New(thread.Config{Theme: theme, Markup: markup.New(theme), Me: "ada"}, api.Head{Conversation: ops, Me: ada})}
	x.Model = x.SetSize(200, 60).SetMembers([]api.Member{{Member: ada, Handle: "ada"}, {Member: bob, Handle: "bob"}})
	for from := int64(1); from <= messages; from += 100 {
		p := api.Page{Next: from}
		for seq := from; seq < from+100; seq++ {
			p.Entries = append(p.Entries, busy(seq))
		}
		x.history(p)
	}
	x.said = nil
	return x
}

func busy(seq int64) api.Entry {
	return message(seq, []api.MemberID{ada, bob}[seq/3%2], fmt.Sprintf("message **%d** with some `code`, a word for @bob and https://example.org/%d", seq, seq))
}

var sizes = []int64{1000, 100_000}

// A frame: the screen is drawn after a key that changed nothing.
func BenchmarkScreen(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " messages"), func(b *testing.B) {
			x := crowded(n)
			b.ReportAllocs()
			for b.Loop() {
				x.View()
			}
		})
	}
}

// A page of messages that were never drawn before.
func BenchmarkPageUp(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " messages"), func(b *testing.B) {
			x := crowded(n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				x.do(keymap.PageUp)
				x.View()
				if i%(int(n)/60) == 0 {
					x.do(keymap.Present)
				}
			}
		})
	}
}

// A page of older messages comes while one reads.
func BenchmarkHistory(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " messages"), func(b *testing.B) {
			x := crowded(n)
			low := int64(1 << 40)
			for b.Loop() {
				p := api.Page{Next: low, More: true}
				for seq := low; seq < low+100; seq++ {
					p.Entries = append(p.Entries, busy(seq))
				}
				low -= 100
				x.history(p)
				x.said = nil
			}
		})
	}
}

// 500 messages a second come in 30 frames, and in each a key is pressed: how
// long the key and the screen take, at the 99th percentile.
func BenchmarkKeysWhile500MessagesASecondArrive(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " messages"), func(b *testing.B) {
			x := crowded(n)
			seq := n
			var took []time.Duration
			for b.Loop() {
				var batch []api.Entry
				for range 500 / 30 {
					seq++
					batch = append(batch, busy(seq))
				}
				began := time.Now()
				x.arrive(batch...)
				x.do(keymap.LineUp)
				x.View()
				x.do(keymap.Present)
				x.View()
				took = append(took, time.Since(began))
				x.said = nil
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms/frame")
		})
	}
}

// Nothing is found in all that is loaded.
func BenchmarkSearch(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n, " messages"), func(b *testing.B) {
			x := crowded(n)
			x.do(keymap.Search)
			x.write("nowhere\n")
			for b.Loop() {
				x.do(keymap.SearchNext)
				x.said = nil
			}
		})
	}
}

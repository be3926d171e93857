package chat_test

import (
	"fmt"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
)

func BenchmarkMessages(b *testing.B) {
	for _, size := range []int{1, 10, 100, 1000} {
		for _, people := range []int{2, 200} {
			b.Run(fmt.Sprintf("batch=%d/people=%d", size, people), func(b *testing.B) { benchmarkMessages(b, size, people) })
		}
	}
}

// benchmarkMessages decides batches of direct messages, each person writing to the next.
func benchmarkMessages(b *testing.B, size, people int) {
	w := newWorld(b, chat.Faults{})
	ps := make([]*person, people)
	for i := range ps {
		ps[i] = w.person(fmt.Sprintf("person%d", i))
	}
	var conversations []api.ConversationID
	for i, p := range ps {
		conversations = append(conversations, w.is(p.message(ps[(i+1)%people], "hello"), api.MessageSent).Conversation)
	}
	text := fmt.Sprintf("%0128d", 7)
	rs := make([]bus.Record, size)
	b.ReportAllocs()
	for n := 0; b.Loop(); {
		b.StopTimer()
		for i := range rs {
			rs[i] = records(ps[n%people].post(conversations[n%people], text))[0]
			n++
		}
		b.StartTimer()
		w.check(w.actions.Apply(w.ctx, w.batch(rs)))
		w.pos++
		w.live.items = w.live.items[:0]
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "messages/s")
}

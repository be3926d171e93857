package bustest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/bus"
)

// Bench measures records a second through the log, each publisher waiting for
// its ack, with the loop consuming; records/sync counts the log's syncs only,
// one a stored message. And items a second through the live channel.
func Bench(b *testing.B, h Harness) {
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("Log/publishers=%d", n), func(b *testing.B) { benchLog(b, h, n) })
	}
	for _, n := range []int{1, 16} {
		b.Run(fmt.Sprintf("Live/listeners=%d", n), func(b *testing.B) { benchLive(b, h, n) })
	}
}

func benchLog(b *testing.B, h Harness, publishers int) {
	bench := open(b, h, b.TempDir())
	s := &counter{Service: newService(bench.ledger)}
	l := bus.New(bench.Engine, bench.log, bus.Options{})
	background(b, func(ctx context.Context) error { return l.Consume(ctx, topicName, s) })
	value := make([]byte, 200)
	tickets := make(chan struct{}, publishers)
	var work sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range publishers {
		work.Go(func() {
			for range tickets {
				if err := bench.Engine.Publish(b.Context(), topicName, []bus.Record{{Value: value}}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	for range b.N {
		tickets <- struct{}{}
	}
	close(tickets)
	work.Wait()
	eventually(b, "all is consumed", func() bool { return s.records.Load() >= int64(b.N) })
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(b.N)/float64(max(1, s.number.Load())), "records/sync")
}

func benchLive(b *testing.B, h Harness, listeners int) {
	live := open(b, h, b.TempDir()).Live
	ears := make([]tally, listeners)
	items := make([]bus.Item, 100)
	for i := range items {
		items[i] = item(key(bus.Conversation, byte(i)), "0123456789abcdef")
	}
	for i := range ears {
		in := live.Listen(&ears[i])
		defer in.Close()
		for _, it := range items {
			in.Want(it.Key)
		}
	}
	sent := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		live.Send(items)
		sent += int64(len(items))
		for i := range ears {
			ears[i].reach(sent - 20_000)
		}
	}
	b.ReportMetric(float64(sent)*float64(listeners)/b.Elapsed().Seconds(), "deliveries/s")
}

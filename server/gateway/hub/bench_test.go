package hub_test

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/flight"
	"github.com/chatctl/chatctl/server/gateway/hub"
)

// BenchmarkBroadcast is one room of many members, in batches as a chat worker sends them.
func BenchmarkBroadcast(b *testing.B) {
	for _, members := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint(members), func(b *testing.B) { fanOut(b, 1, members) })
	}
}

// BenchmarkRooms is many small rooms.
func BenchmarkRooms(b *testing.B) {
	b.Run("500x10", func(b *testing.B) { fanOut(b, 500, 10) })
}

// fanOut sends 128-byte entries and waits until every member has all of a round.
func fanOut(b *testing.B, rooms, members int) {
	const frame = 128
	w := start(b, func(c *hub.Config) { c.Pushed = flight.New(c.Gateway).Pushed }) // as a gateway does
	var got atomic.Int64
	round := make(chan struct{}, 1)
	var want atomic.Int64
	convs := make([]api.ConversationID, rooms)
	var readers sync.WaitGroup
	for i := range convs {
		convs[i] = api.NewConversationID()
		for range members {
			raw := w.dialRaw()
			conn := <-w.conns
			conn.SignIn(api.NewUserID(), api.NewSessionID())
			if _, err := conn.Join(b.Context(), convs[i]); err != nil {
				b.Fatal(err)
			}
			conn.GoLive(nil)
			readers.Go(func() {
				buf := make([]byte, 16<<10)
				for {
					n, err := raw.Read(buf)
					if err != nil {
						return
					}
					if got.Add(int64(n)) >= want.Load() {
						select {
						case round <- struct{}{}:
						default:
						}
					}
				}
			})
		}
	}
	text := bytes.Repeat([]byte("x"), frame)
	seqs := make([]int64, rooms)
	batch := max(1, 64/rooms) // entries a room in a round
	const header = 4
	b.ReportAllocs()
	b.ResetTimer()
	sent := 0
	for b.Loop() {
		var ls []topic.Live
		for range batch {
			for i, c := range convs {
				seqs[i]++
				ls = append(ls, topic.Live{Kind: topic.LiveEntry, Conversation: c, Seq: seqs[i], Frame: text})
			}
		}
		sent += len(ls) * members
		want.Store(int64(sent) * (frame + header))
		w.send(ls...)
		for got.Load() < want.Load() {
			<-round
		}
	}
	b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "deliveries/s")
	b.StopTimer()
	w.stop()
	readers.Wait()
}

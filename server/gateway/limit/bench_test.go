package limit_test

import (
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

func BenchmarkCheck(b *testing.B) {
	ada, room := limit.User(api.NewUserID()), limit.Conversation(api.NewConversationID())
	for name, rates := range map[string]map[limit.Rule]limit.Rate{"limited": {
		{Class: limit.Send, Kind: limit.PerUser}:         {PerSecond: 1e9, Burst: 1e9},
		{Class: limit.Send, Kind: limit.PerConversation}: {PerSecond: 1e9, Burst: 1e9}}, "without rules": {}} {
		b.Run(name, func(b *testing.B) {
			l := limit.New(limit.Config{Now: time.Now, Rates: rates})
			b.ReportAllocs()
			for b.Loop() {
				if err := l.Check(limit.Send, ada, room); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

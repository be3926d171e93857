package threads_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/rooms"
)

func TestWritingEndsWithTheMessageOrWithTime(t *testing.T) {
	all, r := some(), rooms.New(nil)
	k, _ := all.Begin(group(r, 1), nil)
	k.Thread = k.Thread.SetSize(60, 10)
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	shows := func(want string) {
		t.Helper()
		if want == "" && strings.Contains(k.Thread.View(), "writing") || !strings.Contains(k.Thread.View(), want) {
			t.Errorf("not %q:\n%s", want, k.Thread.View())
		}
	}
	k.Typing("bob", noon.Add(api.TypingLasts))
	k.Typing("eve", noon.Add(time.Second))
	shows("@bob, @eve are writing …")
	all.Expire(noon.Add(time.Second))
	shows("@bob is writing …")
	k.Typing("bob", noon.Add(2*api.TypingLasts)) // again
	all.Expire(noon.Add(api.TypingLasts))
	shows("@bob is writing …")
	k.Wrote("eve")
	k.Wrote("bob")
	shows("")
}

package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
)

// TestAnAdministratorSeesWhyAClientIsSlowAndSendsItAway: of a client that reads
// nothing, what `admin connections show` and `kick` ask for.
func TestAnAdministratorSeesWhyAClientIsSlowAndSendsItAway(t *testing.T) {
	eachLazy(t, 3*patience, func(t *testing.T, w *world, open func(*testing.T, *world, string) *lazy) {
		s := open(t, w, w.member.Token)
		carried := map[bool]api.Transport{true: api.WebSocket, false: api.ServerSentEvents}[s.talks]
		w.fill(t, 36) // about what the kernel takes
		first, ok := w.connection(w.member)
		if !ok {
			t.Fatal("the slow client is not listed")
		}
		path := fmt.Sprintf("/admin/v1/connections/%d", first.Connection)
		var shown api.Connection
		until(t, "why it is slow is shown", func() bool {
			w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: strings.Repeat("x", 8000)})
			w.srv.Admin("GET", path, nil, &shown)
			return shown.Slow != "" && shown.Frames > 0 && shown.Bytes > 0 // behind the one that is under way
		})
		if shown.Transport != carried || shown.Handle != w.member.Handle {
			t.Errorf("shown is %+v", shown)
		}
		w.srv.Admin("DELETE", path, nil, &shown)
		if shown.Connection != first.Connection || shown.Transport != carried {
			t.Errorf("sent away was %+v", shown)
		}
		closed := 0
		for closed == 0 {
			var err error
			if _, closed, err = s.frame(); err != nil {
				t.Fatalf("it ended without a word: %v", err)
			}
		}
		if closed != int(api.CloseTryAgain) {
			t.Errorf("it was closed with %d", closed)
		}
		until(t, "it is gone", func() bool {
			_, there := w.connection(w.member)
			return !there
		})
		if resp, b := rawAt(t, w.office, "GET", path, "", "Authorization", "Bearer "+w.administrator.Token); resp.StatusCode != http.StatusNotFound {
			t.Errorf("one that is gone is shown: %d, %s", resp.StatusCode, b)
		}
	})
}

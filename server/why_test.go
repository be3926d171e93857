package server_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// What a restarted process cannot know, it does not answer with "nobody".
func TestWhatCameBeforeTheGatewaysMemoryIsSaidToBeUnknown(t *testing.T) {
	t.Parallel()
	srv := servertest.Process(t, servertest.Options{})
	p := srv.People("ada", "bob")
	said := p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	srv.Kill()
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	var trail api.Trail
	srv.Admin("GET", "/admin/v1/actions/"+said.Action.String(), nil, &trail)
	f := trail.Found[0]
	if f.Decided != nil || len(f.Way.Pushes) != 0 || f.Way.PushesSince <= said.Time || f.Way.MarksSince <= said.Time {
		t.Errorf("after a restart: %+v, %+v", f.Decided, f.Way)
	}
}

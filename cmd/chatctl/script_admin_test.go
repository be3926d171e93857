package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"
)

// office asks the administration of the script's data directory.
func office(ts *testscript.TestScript) *adminapi.Client {
	socket, err := embedded.FindAdminSocket(ts.Getenv("CHATCTL_DATA"))
	ts.Check(err)
	return adminapi.New(socket)
}

// untilMail waits for a letter: until-mail ADDRESS TEXT
func untilMail(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until-mail ADDRESS TEXT")
	}
	admin := office(ts)
	defer admin.Close()
	poll(ts, saying("no letter to "+args[0]+" says "+args[1]), func(ctx context.Context) bool {
		letters, err := admin.Mail(ctx, args[0], 0, 1000)
		ts.Check(err)
		for _, l := range letters {
			if strings.Contains(l.Subject+l.Text, args[1]) {
				return true
			}
		}
		return false
	})
}

// untilErased waits until nobody has a handle, or one that begins so, any more, or
// with ! until somebody active has: [!] until-erased HANDLE
func untilErased(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] until-erased HANDLE")
	}
	otherwise, who := args[0]+" is not erased", api.UserFilter{Text: args[0]}
	if neg {
		otherwise, who.State = "there is no "+args[0], api.UserActive
	}
	admin := office(ts)
	defer admin.Close()
	poll(ts, saying(otherwise), func(ctx context.Context) bool {
		users, err := admin.Users(ctx, who, "")
		ts.Check(err)
		// What somebody who was erased is called instead is drawn by lot, and may hold any three letters.
		return neg == slices.ContainsFunc(users, func(u api.User) bool { return strings.HasPrefix(u.Handle, args[0]) })
	})
}

// untilActive waits until an account is suspended no more: until-active HANDLE
func untilActive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: until-active HANDLE")
	}
	admin := office(ts)
	defer admin.Close()
	poll(ts, saying(args[0]+" is suspended still"), func(ctx context.Context) bool {
		user, err := admin.User(ctx, args[0])
		ts.Check(err)
		return !user.Suspended
	})
}

// adminURL sets a variable to where the administration is served over the network: adminurl NAME
func adminURL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: adminurl NAME")
	}
	admin := office(ts)
	defer admin.Close()
	b, err := admin.Status(context.Background())
	ts.Check(err)
	var is struct {
		AdminURL string `json:"admin_url"`
	}
	ts.Check(json.Unmarshal(b, &is))
	ts.Setenv(args[0], is.AdminURL)
}

// untilAcknowledged waits until a device says that it has what an action made: until-acknowledged ACTION
func untilAcknowledged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: until-acknowledged ACTION")
	}
	var id api.ActionID
	ts.Check(id.UnmarshalText([]byte(args[0])))
	admin := office(ts)
	defer admin.Close()
	poll(ts, saying("no device has acknowledged it"), func(ctx context.Context) bool {
		t, err := admin.Trail(ctx, id)
		ts.Check(err)
		return len(t.Found) == 1 && t.Found[0].Way != nil && len(t.Found[0].Way.Acknowledged) > 0
	})
}

// untilLive waits for a live stream of a person, another than a former one, and
// sets a variable to its number: until-live NAME HANDLE [FORMER]
func untilLive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: until-live NAME HANDLE [FORMER]")
	}
	admin := office(ts)
	defer admin.Close()
	poll(ts, saying(args[1]+" is not connected"), func(ctx context.Context) bool {
		list, err := admin.Connections(ctx, 0)
		ts.Check(err)
		for _, c := range list {
			n := strconv.FormatInt(c.Connection, 10)
			if c.Handle == args[1] && c.Live && (len(args) < 3 || n != args[2]) {
				ts.Setenv(args[0], n)
				return true
			}
		}
		return false
	})
}

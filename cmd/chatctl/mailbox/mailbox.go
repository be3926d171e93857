// Package mailbox takes codes out of the development mailbox of a server of
// one's own, for the commands and the screen that need one.
package mailbox

import (
	"context"
	"regexp"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// Box is the development mailbox of a server of one's own, as far as it
// concerns one address. Without an admin there is none, and people read their mail.
type Box struct {
	admin *adminapi.Client
	to    string
	last  int64 // the number of the latest letter before signing up
}

// Open looks for a mailbox behind a data directory. Only a server on
// this machine can have one.
func Open(ctx context.Context, a *app.App, server, data, to string) (*Box, error) {
	none := &Box{}
	if !cli.ThisMachine(server) {
		return none, nil
	}
	admin, _, err := a.Owner(data)
	if err != nil {
		return nil, err
	}
	m := &Box{admin: admin, to: to}
	for {
		letters, err := m.admin.Mail(ctx, to, m.last, 100)
		if err != nil {
			return none, nil // no server, or not ours to open
		}
		if len(letters) == 0 {
			return m, nil
		}
		m.last = letters[len(letters)-1].Number
	}
}

var digits = regexp.MustCompile(`\b\d{8}\b`)

// delivery is how long a letter may take to the mailbox of the same process, on a
// machine whose disk is busy.
const delivery = 10 * time.Second

// Code takes the code from the mailbox, or else from a person or stdin. No
// letter in the mailbox means that the server is another one's.
func (m *Box) Code(ctx context.Context, asker *cli.Asker, piped bool) (string, error) {
	if code, err := m.Wait(ctx); code != "" || err != nil {
		return code, err
	}
	return asker.Code(ctx, piped)
}

// Wait waits some seconds for the code of a new letter and closes the box. It is
// "" where none came, or there is no mailbox.
func (m *Box) Wait(ctx context.Context) (string, error) {
	if m.admin == nil {
		return "", nil
	}
	defer m.admin.Close()
	end := time.NewTimer(delivery)
	defer end.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for late := false; ; {
		letters, err := m.admin.Mail(ctx, m.to, m.last, 1)
		if err != nil {
			return "", err
		}
		for _, l := range letters {
			if found := digits.FindString(l.Text); found != "" {
				return found, nil
			}
			m.last = l.Number
		}
		if late {
			return "", nil
		}
		select {
		case <-look.C:
		case <-end.C:
			late = true // and one more look: a letter came also while this program stood still
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

package account

import (
	"context"
	"regexp"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// mailbox is the development mailbox of a server of one's own, as far as it
// concerns one address. Without an admin there is none, and people read their mail.
type mailbox struct {
	admin *adminapi.Client
	to    string
	last  int64 // the number of the latest letter before signing up
}

// openMailbox looks for a mailbox behind a data directory. Only a server on
// this machine can have one.
func (a *commands) openMailbox(ctx context.Context, server, data, to string) (*mailbox, error) {
	none := &mailbox{}
	if !cli.ThisMachine(server) {
		return none, nil
	}
	admin, _, err := a.Owner(data)
	if err != nil {
		return nil, err
	}
	m := &mailbox{admin: admin, to: to}
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

var code = regexp.MustCompile(`\b\d{8}\b`)

// delivery is how long a letter may take to the mailbox of the same process.
const delivery = 3 * time.Second

// code takes the code from the mailbox, or else from a person or stdin. No
// letter in the mailbox means that the server is another one's.
func (m *mailbox) code(ctx context.Context, asker *cli.Asker, piped bool) (string, error) {
	if m.admin != nil {
		defer m.admin.Close()
		if code, err := m.wait(ctx); code != "" || err != nil {
			return code, err
		}
	}
	return asker.Code(ctx, piped)
}

func (m *mailbox) wait(ctx context.Context) (string, error) {
	late := time.NewTimer(delivery)
	defer late.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		letters, err := m.admin.Mail(ctx, m.to, m.last, 1)
		if err != nil {
			return "", err
		}
		for _, l := range letters {
			if found := code.FindString(l.Text); found != "" {
				return found, nil
			}
			m.last = l.Number
		}
		select {
		case <-look.C:
		case <-late.C:
			return "", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

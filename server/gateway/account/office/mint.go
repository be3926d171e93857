package office

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

const (
	mostMinted  = 20_000
	longestStem = 16
)

// Mint makes n throw-away people for a load test, each with a session: they have
// no password and no address, and are not limited. Their handles begin with
// prefix ("load" when it is empty). It returns once chat knows them all.
func (a Admin) Mint(ctx context.Context, n int, prefix string) ([]api.Credential, error) {
	if prefix == "" {
		prefix = "load"
	}
	if n < 1 || n > mostMinted {
		return nil, api.Invalid("/count", "1 to %d people at once, not %d", mostMinted, n)
	}
	if len(prefix) > longestStem || text.Handle(prefix+"...") != nil {
		return nil, api.Invalid("/prefix", "at most %d of a-z 0-9 _ . -", longestStem)
	}
	stem := prefix + "-" + strings.ToLower(rand.Text()[:5]) + "-"
	var people []api.Credential
	users := make([]api.UserID, n)
	err := a.c.DB.InTx(ctx, func(tx store.Tx) error {
		people = make([]api.Credential, n)
		for i := range people {
			made := register.Entry{User: api.NewUserID(), Handle: fmt.Sprintf("%s%d", stem, i+1), Throwaway: true}
			if err := register.Create(tx, made, a.time()); err != nil {
				return err
			}
			in, err := session.Begin(tx, session.Start{User: made.User, Handle: made.Handle, Name: "load test"}, a.time())
			if err != nil {
				return err
			}
			people[i], users[i] = api.Credential{Handle: made.Handle, User: in.User, Token: in.Token}, in.User
		}
		return a.note(tx, "loadtest.people", stem, fmt.Sprintf("count=%d", n))
	})
	if err != nil {
		return nil, err
	}
	return people, a.c.Standings.SettleAllNew(ctx, users)
}

package office_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/office"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/store"
)

// unaware is a database whose transactions look for a row before another commits
// it, as they may under READ COMMITTED: the first that they ask for is not there.
type unaware struct{ store.DB }

func (u unaware) InTx(ctx context.Context, fn func(store.Tx) error) error {
	return u.DB.InTx(ctx, func(tx store.Tx) error { return fn(&tooEarly{Tx: tx}) })
}

type tooEarly struct {
	store.Tx
	asked bool
}

func (t *tooEarly) Row(query string, args ...any) store.Row {
	if !t.asked {
		t.asked = true
		return nothing{}
	}
	return t.Tx.Row(query, args...)
}

type nothing struct{}

func (nothing) Scan(...any) error { return store.ErrNoRow }

func TestOfTwoCreationsWithOneAddressTheLaterIsToldWhoHasIt(t *testing.T) {
	w := newWorld(t)
	w.create("ada")
	c := w.config
	c.DB = unaware{w.DB}
	racing := office.New(c).As("owner")
	for name, admin := range map[string]office.Admin{"after": w.Admin, "at once": racing} {
		_, err := admin.CreateUser(w.ctx, register.Applicant{Handle: "new", Email: "Ada@example.org", Password: accounttest.Password})
		if p := w.Refused(err, "invalid"); p.Pointer != "/email" || !strings.Contains(p.Detail, "@ada") {
			t.Errorf("%s: %+v", name, p)
		}
	}
	w.create("new") // neither has taken the handle
}

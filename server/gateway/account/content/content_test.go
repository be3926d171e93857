package content_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/gateway/account/content"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// three is a database of ada, who is erased, bob, and cyd, in the order of their ids.
func three(t *testing.T) (s *accounttest.Stage, users []api.UserID) {
	t.Helper()
	s = accounttest.New(t)
	for _, handle := range []string{"ada", "bob", "cyd"} {
		users = append(users, s.Account(handle))
	}
	s.Tx(func(tx store.Tx) error {
		if _, err := erasure.Begin(tx, users[0], s.Now()); err != nil { // version 2
			return err
		}
		if _, err := session.Begin(tx, session.Start{User: users[1], Handle: "bob"}, s.Now()); err != nil {
			return err
		}
		if _, err := standing.Raise(tx, users[2]); err != nil { // likewise
			return err
		}
		return audit.Note(tx, s.Now(), "owner", "users.create", "cyd", "")
	})
	return s, users
}

func TestADatabaseTellsHowMuchItHolds(t *testing.T) {
	s, _ := three(t)
	c, err := content.Read(t.Context(), s.DB)
	if s.Must(err); c.Schema != s.Count(`SELECT MAX(version) FROM schema_version`) ||
		c.Counts != (content.Counts{Accounts: 3, Handles: 3, Grants: 0, Sessions: 1, Audit: 1}) {
		t.Errorf("%+v", c)
	}
	if n, err := content.Number(t.Context(), s.DB); err != nil || n != 3 {
		t.Errorf("%d accounts, %v", n, err)
	}
	n, versions, waiting, err := content.Tell(t.Context(), s.DB)
	if s.Must(err); n != 3 || versions != 2+1+2 || waiting != 3 {
		t.Errorf("%d accounts with the versions %d, %d of them to be told", n, versions, waiting)
	}
}

func TestErasedAccountsAndVersionsAreReadInPages(t *testing.T) {
	s, users := three(t)
	gone := append([]api.UserID{users[0]}, s.Account("dan"), s.Account("eve"))
	s.Tx(func(tx store.Tx) error {
		for _, u := range gone[1:] {
			if _, err := erasure.Begin(tx, u, s.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	byID := func(a, b api.UserID) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(gone, byID)
	var got []api.UserID
	for after := (api.UserID{}); ; {
		page, err := content.ErasedAfter(t.Context(), s.DB, after, 2)
		if s.Must(err); len(page) == 0 {
			break
		}
		for _, e := range page {
			if e.Time != s.Now() {
				t.Errorf("erased at %v", e.Time)
			}
			got, after = append(got, e.User), e.User
		}
	}
	if !slices.Equal(got, gone) {
		t.Errorf("erased are %v, want %v", got, gone)
	}
	slices.SortFunc(users, byID)
	versions, err := content.Versions(t.Context(), s.DB, users[0], users[2])
	s.Must(err)
	for _, u := range users[1:] {
		if want := s.Count(`SELECT version FROM accounts WHERE user_id = $1`, u); versions[u] != want {
			t.Errorf("version %d of %v, want %d", versions[u], u, want)
		}
	}
	if _, ok := versions[users[0]]; ok {
		t.Error("the account to go on after is read once more")
	}
}

func TestADatabaseKnowsItsAccounts(t *testing.T) {
	s, users := three(t)
	stop := errors.New("enough")
	err := content.Knows(t.Context(), s.DB, func(has func(api.UserID) (bool, error)) error {
		for _, c := range []struct {
			user api.UserID
			want bool
		}{{users[0], true}, {users[1], true}, {api.NewUserID(), false}} {
			if got, err := has(c.user); err != nil || got != c.want {
				t.Errorf("%v: %v, %v", c.user, got, err)
			}
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("the error of the function became %v", err)
	}
}

func TestADatabaseThatIsNotWholeSaysWhatIsBroken(t *testing.T) {
	s, _ := three(t)
	s.Must(content.Whole(t.Context(), s.DB))
	s.Tx(func(tx store.Tx) error {
		_, first := tx.Exec(`DELETE FROM handles WHERE handle <> 'ada'`) // a deleted account needs none
		_, second := tx.Exec(`UPDATE sessions SET user_id = x'00'`)
		return errors.Join(first, second)
	})
	err := content.Whole(t.Context(), s.DB)
	if err == nil || !strings.Contains(err.Error(), "2 accounts") || !strings.Contains(err.Error(), "1 sessions") {
		t.Errorf("it says %v", err)
	}
}

package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// list gives the details of all changes that are kept, two a page.
func list(s *accounttest.Stage, actor, object string) (details []string) {
	s.T.Helper()
	for after := ""; ; {
		var page []api.Audited
		err := s.DB.Read(s.T.Context(), func(tx store.Tx) (err error) {
			page, err = audit.List(tx, after, actor, object, 2)
			return err
		})
		s.Must(err)
		if len(page) == 0 {
			return details
		}
		for _, a := range page {
			details, after = append(details, a.Detail), a.ID
		}
	}
}

func TestChangesAreListedInTheirOrderByWhoAndWhat(t *testing.T) {
	s := accounttest.New(t)
	for i, c := range [][2]string{{"@root", "ada"}, {"owner", "ada"}, {"@root", "bob"}, {"@root", "ada"}, {"owner", "bob"}} {
		s.Tx(func(tx store.Tx) error { return audit.Note(tx, s.Now(), c[0], "users.suspend", c[1], fmt.Sprint(i)) })
	}
	for _, c := range []struct {
		actor, object string
		want          []string
	}{
		{"", "", []string{"0", "1", "2", "3", "4"}},
		{"@root", "", []string{"0", "2", "3"}},
		{"", "bob", []string{"2", "4"}},
		{"@root", "ada", []string{"0", "3"}},
		{"@eve", "", nil},
	} {
		if got := list(s, c.actor, c.object); !slices.Equal(got, c.want) {
			t.Errorf("by %q on %q: %v, want %v", c.actor, c.object, got, c.want)
		}
	}
	err := s.DB.Read(t.Context(), func(tx store.Tx) error { _, err := audit.List(tx, "no id", "", "", 2); return err })
	s.Refused(err, "invalid")
}

func TestAChangeThatIsTakenBackIsNotAudited(t *testing.T) {
	s := accounttest.New(t)
	back := errors.New("taken back")
	err := s.DB.InTx(t.Context(), func(tx store.Tx) error {
		if err := audit.Note(tx, s.Now(), "owner", "users.delete", "ada", ""); err != nil {
			return err
		}
		return back
	})
	if !errors.Is(err, back) {
		t.Fatal(err)
	}
	if got := list(s, "", ""); len(got) > 0 {
		t.Errorf("%d changes", len(got))
	}
}

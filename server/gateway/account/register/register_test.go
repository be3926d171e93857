package register_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAnApplicantIsRefusedWithThePlaceOfTheMistake(t *testing.T) {
	good := register.Applicant{Handle: "ada", Email: "Ada@example.org", Password: accounttest.Password, DisplayName: "Ada"}
	if address, err := good.Check(); err != nil || address != "ada@example.org" {
		t.Fatal(address, err)
	}
	for _, c := range []struct {
		pointer string
		break_  func(*register.Applicant)
	}{
		{"/handle", func(s *register.Applicant) { s.Handle = "Ada" }},
		{"/email", func(s *register.Applicant) { s.Email = "ada" }},
		{"/email", func(s *register.Applicant) { s.Email = "Ada <ada@example.org>" }},
		{"/email", func(s *register.Applicant) { s.Email = "ada@example.org\r\nBcc: eve@example.org" }},
		{"/password", func(s *register.Applicant) { s.Password = "short" }},
		{"/password", func(s *register.Applicant) { s.Password = strings.Repeat("x", 257) }},
		{"/password", func(s *register.Applicant) { s.Password = "Password1" }},
		{"/display_name", func(s *register.Applicant) { s.DisplayName = "Ada\x1b[31m" }},
		{"/display_name", func(s *register.Applicant) { s.DisplayName = strings.Repeat("x", api.MaxName+1) }},
	} {
		in := good
		c.break_(&in)
		_, err := in.Check()
		var p *api.Problem
		if !errors.As(err, &p) || p.Code != "invalid" || p.Pointer != c.pointer {
			t.Errorf("%+v: %v, want a mistake at %s", in, err, c.pointer)
		}
	}
	good.DisplayName = ""
	if _, err := good.Check(); err != nil {
		t.Errorf("there may be no display name: %v", err)
	}
}

func TestAnAccountIsFoundByItsHandleAndItsAddress(t *testing.T) {
	s := accounttest.New(t)
	ada := s.Account("ada")
	s.Tx(func(tx store.Tx) error {
		u, err := register.Read(tx, ada)
		if err != nil {
			return err
		}
		if u.User != ada || u.Handle != "ada" || u.Email != "ada@example.org" || !u.Verified || u.Suspended || u.Deleted || u.Version != 1 || u.Created != s.Now() {
			t.Errorf("%+v", u)
		}
		if got, err := register.Find(tx, "ada"); err != nil || got != ada {
			t.Errorf("found %v, %v", got, err)
		}
		if handle, err := register.HandleOf(tx, "ada@example.org"); err != nil || handle != "ada" {
			t.Errorf("found %q, %v", handle, err)
		}
		if handle, err := register.HandleOf(tx, "bob@example.org"); err != nil || handle != "" {
			t.Errorf("found %q, %v", handle, err)
		}
		_, err = register.Find(tx, "bob")
		s.Refused(err, "not_found")
		if _, err := register.Read(tx, api.NewUserID()); err != store.ErrNoRow {
			t.Errorf("read nobody: %v", err)
		}
		return nil
	})
	if n := s.Count(`SELECT version FROM to_publish WHERE user_id = $1`, ada); n != 1 {
		t.Errorf("chat is to be told version %d", n)
	}
}

func TestADeletedAccountIsFoundByWhoLooksForThose(t *testing.T) {
	s := accounttest.New(t)
	ada := s.Account("ada")
	s.Tx(func(tx store.Tx) error {
		if _, err := tx.Exec(`UPDATE accounts SET deleted = 1`); err != nil {
			return err
		}
		_, err := register.Find(tx, "ada")
		s.Refused(err, "not_found")
		if got, err := register.FindAny(tx, "ada"); err != nil || got != ada {
			t.Errorf("found %v, %v", got, err)
		}
		if u, err := register.Read(tx, ada); err != nil || !u.Deleted {
			t.Errorf("%+v, %v", u, err)
		}
		return nil
	})
}

func TestAHandleIsGivenOutOnceHoweverManyAskForIt(t *testing.T) {
	s := accounttest.New(t)
	var made atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := s.DB.InTx(t.Context(), func(tx store.Tx) error {
				return register.Create(tx, register.Entry{User: api.NewUserID(), Handle: "ada"}, s.Now())
			})
			if err == nil {
				made.Add(1)
			} else {
				s.Refused(err, "handle_taken")
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Fatalf("%d accounts were made", made.Load())
	}
	s.Tx(func(tx store.Tx) error { // its account may go: the handle stays taken
		if _, err := tx.Exec(`UPDATE accounts SET handle = 'erased-x'`); err != nil {
			return err
		}
		s.Refused(register.IsFree(tx, "ada"), "handle_taken")
		return register.IsFree(tx, "bob")
	})
	err := s.DB.InTx(t.Context(), func(tx store.Tx) error {
		return register.Create(tx, register.Entry{User: api.NewUserID(), Handle: "ada"}, s.Now())
	})
	s.Refused(err, "handle_taken")
}

func TestGrantsAreAnAccountsOwnAndSorted(t *testing.T) {
	s := accounttest.New(t)
	ada, bob := s.Account("ada"), s.Account("bob")
	s.Tx(func(tx store.Tx) error {
		for _, name := range []string{register.LoadTest, register.Administrator} {
			if _, err := tx.Exec(`INSERT INTO grants (user_id, name, since) VALUES ($1, $2, 0)`, ada, name); err != nil {
				return err
			}
		}
		if got, err := register.Grants(tx, ada); err != nil || !slices.Equal(got, []string{register.Administrator, register.LoadTest}) {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := register.Grants(tx, bob); err != nil || got == nil || len(got) > 0 { // [] in JSON, not null
			t.Errorf("%v, %v", got, err)
		}
		return nil
	})
}

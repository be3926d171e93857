package code_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	address = "ada@example.org"
	right   = "01234567"
	wrong   = "76543210"
)

type world struct {
	*accounttest.Stage
	codes *code.Codes
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := accounttest.New(t)
	return &world{s, code.New(s.Keys, s.Clock.Now)}
}

// sent is a code that was sent to the address.
func (w *world) sent(purpose, digits string) (subject uuid.UUID) {
	w.T.Helper()
	subject = uuid.New()
	w.Tx(func(tx store.Tx) error { return w.codes.Store(tx, address, purpose, subject, digits) })
	return subject
}

// take is the subject of the code that digits are, and whether they are one.
func (w *world) take(address, purpose, digits string) (subject, id uuid.UUID) {
	w.T.Helper()
	w.Tx(func(tx store.Tx) (err error) {
		subject, id, err = w.codes.Take(tx, address, purpose, digits)
		return err
	})
	return subject, id
}

func (w *world) good(purpose, digits string) bool {
	w.T.Helper()
	_, id := w.take(address, purpose, digits)
	return id != uuid.Nil
}

func TestACodeIsGoodOnceForItsAddressAndPurpose(t *testing.T) {
	w := newWorld(t)
	subject := w.sent(code.Confirm, right)
	if _, id := w.take("bob@example.org", code.Confirm, right); id != uuid.Nil {
		t.Error("it was taken for another address")
	}
	if w.good(code.Reset, right) {
		t.Error("it was taken for another purpose")
	}
	if got, id := w.take(address, code.Confirm, right); id == uuid.Nil || got != subject {
		t.Errorf("it is of %v, not of %v", got, subject)
	}
	if w.good(code.Confirm, right) {
		t.Error("it was taken twice")
	}
}

func TestOneOfManyParallelRightCodesSucceeds(t *testing.T) {
	w := newWorld(t)
	w.sent(code.Confirm, right)
	var ok atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if w.good(code.Confirm, right) {
				ok.Add(1)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 {
		t.Fatalf("%d calls succeeded", ok.Load())
	}
}

func TestCodeIsWorthlessAfterFiveWrongTries(t *testing.T) {
	w := newWorld(t)
	w.sent(code.Confirm, right)
	for range 4 {
		if w.good(code.Confirm, wrong) {
			t.Fatal("a wrong one was taken")
		}
	}
	if !w.good(code.Confirm, right) {
		t.Error("the fifth try was not looked at")
	}

	w.sent(code.Confirm, right)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { w.good(code.Confirm, wrong) })
	}
	wg.Wait()
	if w.good(code.Confirm, right) {
		t.Error("a sixth try was looked at")
	}
}

// Tries with somebody's address must not use up what they need for something else.
func TestTriesForOnePurposeLeaveTheOthersCodesGood(t *testing.T) {
	w := newWorld(t)
	ada, eve := api.NewUserID(), api.NewUserID()
	w.sent(code.Reset, right)
	w.sent(code.Readdress(ada), right)
	for range 5 {
		w.good(code.Confirm, wrong)
		w.good(code.Readdress(eve), wrong)
	}
	if !w.good(code.Reset, right) || !w.good(code.Readdress(ada), right) {
		t.Error("a code was used up by tries for another purpose")
	}
}

func TestACodeLastsTenMinutes(t *testing.T) {
	w := newWorld(t)
	w.sent(code.Confirm, right)
	w.Clock.Advance(10*time.Minute - time.Millisecond)
	subject := w.sent(code.Confirm, "11111111")
	if !w.good(code.Confirm, right) {
		t.Error("it was worthless too early")
	}
	w.Clock.Advance(10 * time.Minute)
	if w.good(code.Confirm, "11111111") {
		t.Error("it was good for too long")
	}
	w.Tx(func(tx store.Tx) error { return accounttest.Second(code.Clean(tx, w.Now())) })
	if n := w.Count(`SELECT COUNT(*) FROM codes WHERE subject = $1`, subject[:]); n != 0 {
		t.Error("it is kept though it is over")
	}
}

func TestACodeThatWasGivenBackIsGoodOnceMore(t *testing.T) {
	w := newWorld(t)
	w.sent(code.Reset, right)
	for range 10 { // more than the tries: giving it back returns the try too
		_, id := w.take(address, code.Reset, right)
		if id == uuid.Nil {
			t.Fatal("it was not taken")
		}
		w.Tx(func(tx store.Tx) error { return code.Reopen(tx, id) })
	}
	if !w.good(code.Reset, right) || w.good(code.Reset, right) {
		t.Error("it is not good for one more")
	}
}

func TestClosedCodesAreWorthless(t *testing.T) {
	w := newWorld(t)
	w.sent(code.Confirm, right)
	w.sent(code.Confirm, "11111111")
	subject := w.sent(code.Reset, right)
	w.Tx(func(tx store.Tx) error { return w.codes.Close(tx, address, code.Confirm) })
	if w.good(code.Confirm, right) || w.good(code.Confirm, "11111111") {
		t.Error("one of a closed purpose was taken")
	}
	w.Tx(func(tx store.Tx) error { return w.codes.CloseOf(tx, api.UserID(subject)) })
	if w.good(code.Reset, right) {
		t.Error("one of an account whose codes were closed was taken")
	}
}

func TestFiveLettersAnHourGoToAnAddress(t *testing.T) {
	w := newWorld(t)
	var passed atomic.Int64
	count := func(to string) error {
		return w.DB.InTx(t.Context(), func(tx store.Tx) error { return w.codes.Count(tx, to) })
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := count(address); err == nil {
				passed.Add(1)
			} else {
				w.Refused(err, "too_many")
			}
		})
	}
	wg.Wait()
	if passed.Load() != 5 {
		t.Fatalf("%d letters of 20 at once", passed.Load())
	}
	w.Must(count("bob@example.org"))
	w.Clock.Advance(time.Hour - time.Millisecond)
	if p := w.Refused(count(address), "too_many"); p.RetryAfter != 1 {
		t.Errorf("retry after %d s", p.RetryAfter)
	}
	w.Tx(func(tx store.Tx) error { return accounttest.Second(code.Clean(tx, w.Now())) })
	w.Refused(count(address), "too_many") // cleaning forgets none of the last hour
	w.Clock.Advance(time.Millisecond)
	for range 5 {
		w.Must(count(address))
	}
	if p := w.Refused(count(address), "too_many"); p.RetryAfter < 3600 || p.RetryAfter > 3601 {
		t.Errorf("retry after %d s", p.RetryAfter)
	}
}

func TestAResetIsForTheAccountOfAnAddressAndWritesTheSameForNone(t *testing.T) {
	w := newWorld(t)
	ada := w.Account("ada")
	rows := func() int64 {
		return w.Count(`SELECT COUNT(*) FROM codes`) + w.Count(`SELECT COUNT(*) FROM letters`)
	}
	ask := func(to string) (digits string) {
		before := rows()
		w.Tx(func(tx store.Tx) error {
			letter, err := w.codes.ForReset(tx, to)
			if letter != nil {
				digits = letter.Text[strings.Index(letter.Text, "code is: ")+9:][:8]
			}
			return err
		})
		if n := rows() - before; n != 2 {
			t.Errorf("%s: %d rows were written", to, n)
		}
		return digits
	}
	digits := ask(address)
	if got, id := w.take(address, code.Reset, digits); id == uuid.Nil || api.UserID(got) != ada {
		t.Errorf("the letter's code %q is of %v", digits, got)
	}
	if digits := ask("nobody@example.org"); digits != "" {
		t.Errorf("a letter to an address that no account has: %q", digits)
	}
	for range 4 {
		w.Tx(func(tx store.Tx) error { _, err := w.codes.ForReset(tx, "nobody@example.org"); return err })
	}
	err := w.DB.InTx(t.Context(), func(tx store.Tx) error { _, err := w.codes.ForReset(tx, "nobody@example.org"); return err })
	w.Refused(err, "too_many")
}

// Who can write rows, or reads them, cannot use one code for something else, nor try the eight digits.
func TestACodeThatIsMovedToAnotherPlaceIsWorthless(t *testing.T) {
	for _, move := range []string{
		`UPDATE codes SET address = 'eve@example.org'`, `UPDATE codes SET purpose = 'reset'`, `UPDATE codes SET subject = x'000102030405060708090a0b0c0d0e0f'`,
	} {
		w := newWorld(t)
		w.sent(code.Confirm, right)
		w.Tx(func(tx store.Tx) error { _, err := tx.Exec(move); return err })
		for _, to := range []string{address, "eve@example.org"} {
			for _, purpose := range []string{code.Confirm, code.Reset} {
				if _, id := w.take(to, purpose, right); id != uuid.Nil {
					t.Errorf("after %s it is good for %s of %s", move, purpose, to)
				}
			}
		}
	}
	w := newWorld(t)
	w.sent(code.Confirm, right)
	others := code.New(accounttest.New(t).Keys, w.Clock.Now) // keys of another database
	err := w.DB.InTx(t.Context(), func(tx store.Tx) error {
		_, id, err := others.Take(tx, address, code.Confirm, right)
		if id != uuid.Nil {
			err = errors.New("it is good without the keys")
		}
		return err
	})
	w.Must(err)
}

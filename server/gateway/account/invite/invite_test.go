package invite_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/invite"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type world struct{ *accounttest.Stage }

// create makes an invite that is good for an hour.
func (w world) create(note string, uses int64) (i api.Invite) {
	w.T.Helper()
	w.Tx(func(tx store.Tx) (err error) {
		i, err = invite.Create(tx, "@root", note, uses, w.Now(), w.Now()+api.Time(time.Hour.Milliseconds()))
		return err
	})
	return i
}

// check is the digest of an invite's code, nil for one that is closed.
func (w world) check(code string) (digest []byte) {
	w.T.Helper()
	err := w.DB.Read(w.T.Context(), func(tx store.Tx) (err error) {
		digest, err = invite.Check(tx, code, w.Now())
		return err
	})
	if errors.Is(err, invite.ErrClosed) {
		return nil
	}
	w.Must(err)
	return digest
}

func (w world) use(digest []byte) error {
	return w.DB.InTx(w.T.Context(), func(tx store.Tx) error { return invite.Use(tx, digest, w.Now()) })
}

func TestAnInviteIsGoodForItsUsesHoweverManyRace(t *testing.T) {
	w := world{accounttest.New(t)}
	three := w.create("for three", 3)
	digest := w.check(three.Code)
	if digest == nil {
		t.Fatal("it is closed")
	}
	var used atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := w.use(digest); err == nil {
				used.Add(1)
			} else if !errors.Is(err, invite.ErrClosed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if used.Load() != 3 || w.check(three.Code) != nil {
		t.Errorf("used %d times", used.Load())
	}
	unlimited := w.check(w.create("for any number", 0).Code)
	for range 10 {
		w.Must(w.use(unlimited))
	}
}

func TestAnInviteIsClosedOnceItExpiresOrIsRevoked(t *testing.T) {
	w := world{accounttest.New(t)}
	old, gone := w.create("", 0), w.create("", 0)
	digests := [][]byte{w.check(old.Code), w.check(gone.Code)}
	revoke := func(id string) (changed bool, err error) {
		err = w.DB.InTx(t.Context(), func(tx store.Tx) (err error) {
			changed, err = invite.Revoke(tx, id, w.Now())
			return err
		})
		return changed, err
	}
	for _, want := range []bool{true, false} { // again: as it is
		if changed, err := revoke(gone.Invite); err != nil || changed != want {
			t.Errorf("revoked: %v, %v", changed, err)
		}
	}
	if w.check(gone.Code) != nil || w.check(old.Code) == nil {
		t.Error("the revoked one is open, or the other one is not")
	}
	w.Clock.Advance(time.Hour - time.Millisecond)
	if w.check(old.Code) == nil {
		t.Error("it expired too early")
	}
	w.Clock.Advance(time.Millisecond)
	if w.check(old.Code) != nil {
		t.Error("it is open after it expired")
	}
	for _, d := range digests { // of sign-ups that were begun before
		if err := w.use(d); !errors.Is(err, invite.ErrClosed) {
			t.Errorf("used: %v", err)
		}
	}
	for _, id := range []string{"", "no id", api.NewUserID().String()} {
		_, err := revoke(id)
		w.Refused(err, "not_found")
	}
	for _, code := range []string{"", "chatctlinvite_nonsense", old.Code + "x", old.Invite} {
		if w.check(code) != nil {
			t.Errorf("%q is open", code)
		}
	}
}

func TestInvitesAreListedInPagesWithoutTheirCodes(t *testing.T) {
	w := world{accounttest.New(t)}
	var ids []string
	for _, note := range []string{"a", "b", "c", "d", "e"} {
		ids = append(ids, w.create(note, 2).Invite)
	}
	w.Tx(func(tx store.Tx) error { _, err := invite.Revoke(tx, ids[4], w.Now()); return err })
	var got []string
	after := ""
	for {
		var page []api.Invite
		err := w.DB.Read(t.Context(), func(tx store.Tx) (err error) { page, err = invite.List(tx, after, 2); return err })
		if w.Must(err); len(page) == 0 {
			break
		}
		for _, i := range page {
			if i.Code != "" || i.Actor != "@root" || i.Uses != 2 || i.Used != 0 || i.Revoked != (i.Invite == ids[4]) || i.Created != w.Now() {
				t.Errorf("%+v", i)
			}
			got, after = append(got, i.Invite), i.Invite
		}
	}
	if !slices.Equal(got, ids) {
		t.Errorf("listed %v, made %v", got, ids)
	}
	err := w.DB.Read(t.Context(), func(tx store.Tx) error { _, err := invite.List(tx, "no id", 2); return err })
	w.Refused(err, "invalid")
}

package account_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

func TestRevokedSessionIsRefusedAtOnceAndChatIsTold(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	other := w.signIn("ada")
	w.must(w.Revoke(w.ctx, p, other.Session))
	_, err := w.Authenticate(w.ctx, other.Token)
	w.refused(err, "signed_out")
	s := w.chat.standing(in.User)
	if s.Version != 2 || !slices.Contains(s.Revoked, other.Session) || slices.Contains(s.Revoked, in.Session) {
		t.Fatalf("chat knows %+v", s)
	}
	list, err := w.Sessions(w.ctx, p)
	w.must(err)
	if len(list) != 1 || list[0].Session != in.Session || !list[0].Current {
		t.Fatalf("sessions %+v", list)
	}
	w.must(w.Revoke(w.ctx, p, other.Session)) // answered the same
	_, q := w.person("bob")
	w.refused(w.Revoke(w.ctx, q, in.Session), "not_found")
	w.principal(in.Token)
	if later := w.signIn("ada"); w.principal(later.Token).Since != 2 {
		t.Fatal("a session does not begin at its account's version")
	}
}

func TestRevocationThatIsLateStandsAndCanBeRepeated(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	w.chat.set(true, true)
	for range 2 {
		if pr := w.refused(w.Revoke(w.ctx, p, p.Session), "unavailable"); pr.RetryAfter == 0 {
			t.Fatal("no Retry-After")
		}
	}
	_, err := w.Authenticate(w.ctx, in.Token)
	w.refused(err, "signed_out")
	ended, err := w.Ended(w.ctx, in.Token)
	w.must(err)
	w.refused(w.Revoke(w.ctx, ended, api.NewSessionID()), "signed_out")
	w.chat.set(false, false)
	w.must(w.Revoke(w.ctx, ended, ended.Session))
	if s := w.chat.standing(in.User); !slices.Contains(s.Revoked, in.Session) {
		t.Fatalf("chat knows %+v", s)
	}
}

func TestSessionEndsWhenIdle(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	for range 3 { // each use counts from there
		w.clock.advance(session.IdleLife - time.Hour)
		w.principal(in.Token)
		w.start(cheap) // uses are written down at the end, at the latest
	}
	w.clock.advance(session.IdleLife - time.Hour)
	alive, err := w.Recheck(w.ctx, []api.SessionID{in.Session, api.NewSessionID()})
	w.must(err)
	if alive[in.Session] != session.Alive || len(alive) != 1 {
		t.Fatalf("alive: %v", alive)
	}
	w.start(cheap) // a connection is a use too
	w.clock.advance(session.IdleLife - time.Hour)
	w.principal(in.Token)
	w.start(cheap)
	w.clock.advance(session.IdleLife)
	_, err = w.Authenticate(w.ctx, in.Token)
	w.refused(err, "signed_out")
}

func TestSessionEndsAfterAYearHoweverMuchUsed(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	for at := time.Duration(0); at < session.AbsoluteLife-20*24*time.Hour; at += 20 * 24 * time.Hour {
		w.principal(in.Token)
		w.start(cheap)
		w.clock.advance(20 * 24 * time.Hour)
	}
	w.principal(in.Token)
	w.clock.advance(20 * 24 * time.Hour)
	_, err := w.Authenticate(w.ctx, in.Token)
	w.refused(err, "signed_out")
}

func TestTokensThatAreNotOursAreRefused(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	for _, token := range []string{"", "chatctl_", in.Token[:50], in.Token + "x", "chatctl_" + in.Token[8:50] + "!", in.User.String()} {
		_, err := w.Authenticate(w.ctx, token)
		w.refused(err, "signed_out")
		_, err = w.Redeem(w.ctx, token)
		w.refused(err, "signed_out")
	}
}

func TestTicketIsGoodOnceForThirtySeconds(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	ticket, err := w.Ticket(w.ctx, p)
	w.must(err)
	var ok atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			got, err := w.Redeem(w.ctx, ticket)
			if err == nil && got.Session == in.Session && got.User == in.User {
				ok.Add(1)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 {
		t.Fatalf("redeemed %d times", ok.Load())
	}
	late, err := w.Ticket(w.ctx, p)
	w.must(err)
	w.clock.advance(session.TicketLife)
	_, err = w.Redeem(w.ctx, late)
	w.refused(err, "signed_out")
	ended, err := w.Ticket(w.ctx, p)
	w.must(err)
	w.must(w.Revoke(w.ctx, p, p.Session))
	_, err = w.Redeem(w.ctx, ended)
	w.refused(err, "signed_out")
}

func TestUnknownHandlesResolveToTheSameNobodyAlways(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	first, err := w.Resolve(w.ctx, []string{"ada", "nobody", "none"})
	w.must(err)
	if first["ada"] != in.User || first["nobody"] == first["none"] || first["nobody"].IsZero() {
		t.Fatalf("resolved %v", first)
	}
	if id := first["nobody"]; id[6]>>4 != 4 || id[8]>>6 != 2 {
		t.Fatalf("%v is not shaped as a user's id", id)
	}
	w.start(cheap)
	again, err := w.Resolve(w.ctx, []string{"nobody"})
	w.must(err)
	if again["nobody"] != first["nobody"] {
		t.Fatal("nobody is another after a restart")
	}
}

func TestAHandleThatNobodyHadIsFoundOnceItIsTaken(t *testing.T) {
	w := newWorld(t)
	nobody, err := w.Resolve(w.ctx, []string{"ada"})
	w.must(err)
	in, _ := w.person("ada")
	for range 2 { // the second time from memory
		found, err := w.Resolve(w.ctx, []string{"ada", "none"})
		w.must(err)
		if found["ada"] != in.User || found["none"].IsZero() || nobody["ada"] == in.User {
			t.Fatalf("resolved %v, before %v", found, nobody)
		}
	}
}

func TestStandingIsPublishedAfterARestart(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	w.chat.set(true, false)
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { _, err := w.As("owner").Suspend(ctx, "ada", "", 0); done <- err }()
	for w.count(`SELECT COUNT(*) FROM to_publish`) == 0 {
		pause(t)
	}
	cancel() // the caller goes away; the change stands
	<-done
	w.start(cheap)
	w.chat.set(false, false)
	w.must(w.chat.applied(w.ctx, in.User, 2))
	for w.count(`SELECT COUNT(*) FROM to_publish`) > 0 {
		pause(t)
	}
}

func TestStandingStaysBoundedWhateverIsRevoked(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	w.must(w.db.InTx(w.ctx, func(tx store.Tx) error { // a thousand sign-ins and sign-outs, in a moment
		for range 1000 {
			id := api.NewSessionID()
			_, err := tx.Exec(`INSERT INTO sessions (session_id, user_id, token, name, since, created, last_used, revoked)
				VALUES ($1, $2, $3, '', 1, $4, $4, $4)`, id, in.User, id, api.TimeOf(w.clock.now()))
			if err != nil {
				return err
			}
		}
		return nil
	}))
	other := w.signIn("ada")
	w.must(w.Revoke(w.ctx, p, other.Session))
	s := w.chat.standing(in.User)
	if len(s.Revoked) > 1000 || s.NotBefore == 0 {
		t.Fatalf("%d revoked sessions, not before %d", len(s.Revoked), s.NotBefore)
	}
	_, err := w.Authenticate(w.ctx, in.Token) // older than the bound: ended with them
	w.refused(err, "signed_out")
	if fresh := w.principal(w.signIn("ada").Token); fresh.Since < s.NotBefore {
		t.Fatal("a fresh session is ended already")
	}
}

// pause lets others run before a condition is looked at again.
func pause(t *testing.T) {
	t.Helper()
	select {
	case <-time.After(5 * time.Millisecond):
	case <-t.Context().Done():
		t.Fatal("the test ended first")
	}
}

func TestWhatOneGatewayRevokesAnotherRefusesWithinTwoSeconds(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	other := account.New(account.Config{DB: w.db, Mail: w.mail, Publish: w.chat.publish, Applied: w.chat.applied,
		Log: slog.New(slog.DiscardHandler), Now: w.clock.now, Hash: cheap})
	w.must(other.Migrate(w.ctx))
	w.must(second(other.Authenticate(w.ctx, in.Token)))
	w.must(w.Revoke(w.ctx, p, p.Session))
	w.clock.advance(2 * time.Second)
	_, err := other.Authenticate(w.ctx, in.Token)
	w.refused(err, "signed_out")

	again := w.signIn("ada") // told over the live channel: at once
	w.must(second(other.Authenticate(w.ctx, again.Token)))
	w.must(w.Revoke(w.ctx, w.principal(again.Token), again.Session))
	other.Forget(in.User)
	_, err = other.Authenticate(w.ctx, again.Token)
	w.refused(err, "signed_out")

	a, err := w.Resolve(w.ctx, []string{"nobody"})
	w.must(err)
	b, err := other.Resolve(w.ctx, []string{"nobody"})
	w.must(err)
	if a["nobody"] != b["nobody"] {
		t.Fatal("two gateways have two nobodies")
	}
}

func TestARevocationIsNotHiddenByWhatWasReadBefore(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		in := w.signInNew()
		p := w.principal(in.Token)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 20 {
					_, _ = w.Authenticate(w.ctx, in.Token) // either answer is right until Revoke has returned
				}
			})
		}
		w.must(w.Revoke(w.ctx, p, p.Session))
		_, err := w.Authenticate(w.ctx, in.Token)
		w.refused(err, "signed_out")
		wg.Wait()
		_, err = w.Authenticate(w.ctx, in.Token)
		w.refused(err, "signed_out")
	}
}

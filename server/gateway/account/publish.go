package account

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

const (
	publishBatch = 500
	publishEvery = 5 * time.Second // finds what another process left; one's own is published at once
	firstWait    = 50 * time.Millisecond
	lastWait     = 5 * time.Second
	writeUses    = time.Minute
	cleanEvery   = 10 // times writeUses
)

// Run publishes standings, sends letters and cleans up until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.publishing(ctx) })
	g.Go(func() error { return s.deliver(ctx) })
	g.Go(func() error { return s.keepHouse(ctx) })
	return g.Wait()
}

// publishing publishes all that is due, until ctx ends. What fails is tried
// again for ever (promises, rule 7): the rows stay.
func (s *Service) publishing(ctx context.Context) error {
	tick := time.NewTicker(publishEvery)
	defer tick.Stop()
	failures := 0
	for ctx.Err() == nil {
		more, err := s.publishDue(ctx)
		if err != nil {
			if failures++; failures == 1 && ctx.Err() == nil {
				s.log.WarnContext(ctx, "standings not published", "err", err)
			}
			wait(ctx, rand.N(min(firstWait<<min(failures, 10), lastWait)))
			continue
		}
		if failures > 0 {
			s.log.InfoContext(ctx, "standings published again", "attempts", failures)
			failures = 0
		}
		if more {
			continue
		}
		select {
		case <-s.due:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// publishDue publishes the standings of a batch of accounts, and forgets those
// whose version did not rise meanwhile.
func (s *Service) publishDue(ctx context.Context) (more bool, err error) {
	standings, err := s.dueStandings(ctx)
	if err != nil || len(standings) == 0 {
		return false, err
	}
	recs := make([]bus.Record, len(standings))
	for i := range standings {
		recs[i] = bus.Record{Key: standings[i].User, Value: standings[i].Encode()}
	}
	if err := s.publish(ctx, recs); err != nil {
		return false, err
	}
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		for _, st := range standings {
			if _, err := tx.Exec(published, st.User, st.Version); err != nil {
				return err
			}
		}
		return nil
	})
	return len(standings) == publishBatch, err
}

func (s *Service) dueStandings(ctx context.Context) (standings []topic.Standing, err error) {
	err = s.db.Read(ctx, func(tx store.Tx) error {
		var users []api.UserID
		err := tx.Each(dueToPublish, func(r store.Row) error {
			var u api.UserID
			if err := r.Scan(&u); err != nil {
				return err
			}
			users = append(users, u)
			return nil
		}, publishBatch)
		if err != nil {
			return err
		}
		standings = make([]topic.Standing, len(users))
		for i, u := range users {
			if standings[i], err = s.standing(tx, u); err != nil {
				return err
			}
		}
		return nil
	})
	return standings, err
}

// standing is an account's whole standing now, so that a late record never
// hides an earlier change.
func (s *Service) standing(tx store.Tx, user api.UserID) (topic.Standing, error) {
	st := topic.Standing{User: user}
	var suspended, deleted int64
	err := tx.Row(standingRow, user).Scan(&st.Handle, &st.Version, &st.NotBefore, &suspended, &deleted)
	if err != nil {
		return st, err
	}
	st.Suspended, st.Deleted = suspended != 0, deleted != 0
	err = tx.Each(revokedAlive, func(r store.Row) error {
		var id api.SessionID
		if err := r.Scan(&id); err != nil {
			return err
		}
		st.Revoked = append(st.Revoked, id)
		return nil
	}, user, s.ago(IdleLife+useEvery+writeUses), s.ago(AbsoluteLife), st.NotBefore)
	return st, err
}

// keepHouse writes down when sessions were used and deletes what is over. The
// last uses are written after ctx has ended.
func (s *Service) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(writeUses)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return s.tidy(context.WithoutCancel(ctx), false)
		case <-tick.C:
		}
		if err := s.tidy(ctx, n%cleanEvery == 0); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "accounts not tidied", "err", err)
		}
	}
}

func (s *Service) tidy(ctx context.Context, clean bool) error {
	used := s.used.take()
	if len(used) == 0 && !clean {
		return nil
	}
	return s.db.InTx(ctx, func(tx store.Tx) error {
		for id, at := range used {
			if _, err := tx.Exec(useSession, id, at); err != nil {
				return err
			}
		}
		if !clean {
			return nil
		}
		now := s.time()
		for _, c := range []struct {
			statement string
			args      []any
		}{
			{cleanSessions, []any{s.ago(IdleLife + useEvery + writeUses), s.ago(AbsoluteLife)}},
			{cleanTickets, []any{now}},
			{cleanCodes, []any{now}},
			{cleanSignups, []any{s.ago(signupLife)}},
			{cleanLetters, []any{s.ago(time.Hour)}},
			{cleanFailures, []any{s.ago(forgetTries)}},
		} {
			if _, err := tx.Exec(c.statement, c.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// wait waits for d or the end of ctx.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

const (
	mostMinted   = 20_000
	longestStem  = 16
	mintedWithin = 30 * time.Second
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
	err := a.s.db.InTx(ctx, func(tx store.Tx) error {
		people = make([]api.Credential, n)
		for i := range people {
			handle := fmt.Sprintf("%s%d", stem, i+1)
			made := newAccount{user: api.NewUserID(), handle: handle, throwaway: true}
			if err := create(tx, made, a.s.time()); err != nil {
				return err
			}
			in, err := a.s.begin(tx, session{user: made.user, handle: handle, name: "load test"})
			if err != nil {
				return err
			}
			people[i] = api.Credential{Handle: handle, User: in.User, Token: in.Token}
		}
		return a.note(tx, "loadtest.people", stem, fmt.Sprintf("count=%d", n))
	})
	if err != nil {
		return nil, err
	}
	return people, a.s.allSettled(ctx, people)
}

// allSettled waits until chat has the first standing of all people.
func (s *Service) allSettled(ctx context.Context, people []api.Credential) error {
	s.standings.Wake()
	within, cancel := context.WithTimeout(ctx, mintedWithin)
	defer cancel()
	g, gctx := errgroup.WithContext(within)
	g.SetLimit(16)
	for _, p := range people {
		g.Go(func() error { return s.applied(gctx, p.User, 1) })
	}
	err := g.Wait()
	if err != nil && ctx.Err() == nil && (errors.Is(err, ErrLate) || within.Err() != nil) {
		return api.NewProblem("unavailable", "chat does not know the new people yet; make others in a moment").Later(5)
	}
	return err
}

package account

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

const takenBackWithin = 5 * time.Second

// SignIn begins a session with a password. name is the session's, for the
// person's own list; addr is where the call comes from. An unknown handle and a
// wrong password have the same answer in the same time.
func (s *Service) SignIn(ctx context.Context, handle, plain, name, addr string) (in api.SignedIn, err error) {
	if err := text.Handle(handle); err != nil {
		return in, api.Invalid("/handle", "%v", err)
	}
	if name != "" {
		if err := text.Name(name, api.MaxName); err != nil {
			return in, api.Invalid("/name", "%v", err)
		}
	}
	proof, err := s.guard.Check(ctx, handle, plain, addr)
	if err != nil {
		return in, err
	}
	in, err = s.proved(ctx, proof, session.Start{User: proof.User, Handle: handle, Name: name, Network: proof.Network})
	if err != nil || proof.Known {
		return in, err
	}
	// It was confirmed, but chat was late then.
	if err := s.standings.SettleNew(ctx, proof.User); err != nil {
		s.takeBack(ctx, func(tx store.Tx) error { return session.Drop(tx, in.Session) })
		return api.SignedIn{}, err
	}
	return in, nil
}

// proved notes that the password was right, and begins a session unless the
// account is suspended.
func (s *Service) proved(ctx context.Context, proof guard.Proof, start session.Start) (in api.SignedIn, err error) {
	var suspended *api.Problem
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		suspended = nil
		if err := proof.Passed(tx); err != nil {
			return err
		}
		in, err = session.Begin(tx, start, s.time())
		if errors.As(err, &suspended) {
			return nil // the password was right all the same
		}
		return err
	})
	switch {
	case err != nil:
		return api.SignedIn{}, err
	case suspended != nil:
		return api.SignedIn{}, suspended
	}
	return in, nil
}

// takeBack undoes what a caller is not told of, also one who has gone away. A
// database that is stuck holds it up for a moment only: what is left then is a
// session whose token nobody has.
func (s *Service) takeBack(ctx context.Context, undo func(store.Tx) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takenBackWithin)
	defer cancel()
	if err := s.db.InTx(ctx, undo); err != nil {
		s.log.WarnContext(ctx, "a session is left that nobody was told of", "err", err)
	}
}

package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

// Forgot sends the code for a new password to an address. Answer, time and rows
// are the same for an address that no account has; then no letter goes out.
func (s *Service) Forgot(ctx context.Context, email string) error {
	_, address, err := mail.Address(email)
	if err != nil {
		return api.Invalid("/email", "%v", err)
	}
	var letter *mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		letter, err = s.codes.ForReset(tx, address)
		return err
	})
	if err == nil && letter != nil {
		s.postman.Post(ctx, *letter)
	}
	return err
}

// Reset sets a new password with the code that Forgot sent, ends all sessions and
// begins one. It returns once chat refuses the ended ones (promise R). After the
// problem unavailable the same code can be given again.
func (s *Service) Reset(ctx context.Context, email, digits, plain string) (api.SignedIn, error) {
	_, address, err := mail.Address(email)
	if err != nil {
		return api.SignedIn{}, api.Invalid("/email", "%v", err)
	}
	if err := password.Check(plain); err != nil {
		return api.SignedIn{}, api.Invalid("/password", "%v", err)
	}
	hash, err := s.guard.Hash(ctx, plain) // before the code is taken: a busy server costs nobody theirs
	if err != nil {
		return api.SignedIn{}, err
	}
	var in api.SignedIn
	var used uuid.UUID
	var version int64
	var letter mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		in = api.SignedIn{}
		subject, id, err := s.codes.Take(tx, address, code.Reset, digits)
		if err != nil || id == uuid.Nil { // a wrong try is committed
			return err
		}
		used = id
		in, version, letter, err = s.newPassword(tx, api.UserID(subject), address, hash)
		return err
	})
	if errors.Is(err, store.ErrNoRow) || err == nil && in.Token == "" {
		return api.SignedIn{}, api.NewProblem("bad_code", "ask for another one")
	}
	if err != nil {
		return api.SignedIn{}, err
	}
	s.Forget(in.User)
	if err := s.standings.Settle(ctx, in.User, version); err != nil {
		s.reopen(ctx, used, in.Session)
		return api.SignedIn{}, err
	}
	s.postman.Post(ctx, letter)
	return in, nil
}

// newPassword replaces the password of the account that has an address, ends its
// sessions and open codes, and begins a session. ErrNoRow: it has that address no more.
func (s *Service) newPassword(tx store.Tx, user api.UserID, address, hash string) (in api.SignedIn, version int64, letter mail.Letter, err error) {
	var handle, to string
	if err = tx.Row(resetPassword, user, hash, address).Scan(&handle, &to); err != nil {
		return in, 0, letter, err
	}
	if version, err = session.EndAll(tx, user); err != nil {
		return in, 0, letter, err
	}
	if err = s.codes.CloseOf(tx, user); err != nil {
		return in, 0, letter, err
	}
	if err = guard.Clear(tx, handle); err != nil {
		return in, 0, letter, err
	}
	in, err = session.Begin(tx, session.Start{User: user, Handle: handle, Name: "new password"}, s.time())
	return in, version, mail.PasswordChanged(to, handle), err
}

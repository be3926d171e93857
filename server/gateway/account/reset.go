package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
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
		letter, err = s.resetCode(tx, address)
		return err
	})
	if err == nil && letter != nil {
		s.postman.Post(ctx, *letter)
	}
	return err
}

// resetCode stores a code for the account with an address and writes its letter;
// for an address that no account has, a code for nothing and no letter.
func (s *Service) resetCode(tx store.Tx, address string) (*mail.Letter, error) {
	now, code := s.time(), secret.Code()
	if err := s.countLetter(tx, address, now); err != nil {
		return nil, err
	}
	var user api.UserID
	var handle, to string
	err := tx.Row(ownerOfAddress, address).Scan(&user, &handle, &to)
	if errors.Is(err, store.ErrNoRow) {
		return nil, s.storeCode(tx, address, nothing, uuid.Nil, code, now)
	}
	if err != nil {
		return nil, err
	}
	letter := mail.Reset(to, handle, code, CodeLife)
	return &letter, s.storeCode(tx, address, reset, uuid.UUID(user), code, now)
}

// Reset sets a new password with the code that Forgot sent, ends all sessions and
// begins one. It returns once chat refuses the ended ones (promise R). After the
// problem unavailable the same code can be given again.
func (s *Service) Reset(ctx context.Context, email, code, plain string) (api.SignedIn, error) {
	_, address, err := mail.Address(email)
	if err != nil {
		return api.SignedIn{}, api.Invalid("/email", "%v", err)
	}
	if err := password.Check(plain); err != nil {
		return api.SignedIn{}, api.Invalid("/password", "%v", err)
	}
	hash, err := s.hash(ctx, plain) // before the code is taken: a busy server costs nobody theirs
	if err != nil {
		return api.SignedIn{}, err
	}
	var in api.SignedIn
	var used uuid.UUID
	var version int64
	var letter mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		in = api.SignedIn{}
		subject, id, err := s.takeCode(tx, address, reset, code)
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
	s.cache.forget(in.User)
	if err := s.settled(ctx, in.User, version); err != nil {
		return api.SignedIn{}, errors.Join(err, s.reopen(ctx, used, in.Session))
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
	if version, err = endAll(tx, user); err != nil {
		return in, 0, letter, err
	}
	if _, err = tx.Exec(closeOwnCodes, user, s.time()); err != nil {
		return in, 0, letter, err
	}
	if _, err = tx.Exec(clearFailures, handle); err != nil {
		return in, 0, letter, err
	}
	in, err = s.begin(tx, session{user: user, handle: handle, name: "new password"})
	return in, version, mail.PasswordChanged(to, handle), err
}

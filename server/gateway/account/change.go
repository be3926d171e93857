package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

// SetDisplayName changes the name shown beside the handle; an empty one takes it away.
func (s *Service) SetDisplayName(ctx context.Context, p session.Principal, name string) error {
	if err := register.DisplayName(name); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx store.Tx) error {
		n, err := tx.Exec(setDisplayName, p.User, name)
		if err == nil && n > 0 {
			_, err = standing.Raise(tx, p.User)
		}
		return err
	})
}

// ChangePassword sets a new password and ends the person's other sessions. It
// returns once chat refuses those (promise R). After the problem unavailable the
// change stands, and the call can be repeated as it is.
func (s *Service) ChangePassword(ctx context.Context, p session.Principal, old, plain, addr string) error {
	if err := password.Check(plain); err != nil {
		return api.Invalid("/new_password", "%v", err)
	}
	proof, err := s.guard.Prove(ctx, p.Handle, old, addr)
	var hash string
	var problem *api.Problem
	switch {
	case err == nil:
		hash, err = s.guard.Hash(ctx, plain)
	case errors.As(err, &problem) && problem.Code == "bad_credentials":
		proof, err = s.guard.Prove(ctx, p.Handle, plain, addr) // repeated: it is the password already
	}
	if err != nil {
		return err
	}
	var version int64
	var letter *mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		letter = nil
		if hash != "" {
			if letter, err = s.replace(tx, p, proof, hash); err != nil {
				return err
			}
		}
		version, err = session.EndOthers(tx, p, s.time())
		return err
	})
	if err != nil {
		return err
	}
	s.Forget(p.User)
	if letter != nil {
		s.postman.Post(ctx, *letter)
	}
	return s.standings.Settle(ctx, p.User, version)
}

// replace replaces the password that was proved.
func (s *Service) replace(tx store.Tx, p session.Principal, proof guard.Proof, hash string) (*mail.Letter, error) {
	n, err := tx.Exec(changePassword, p.User, hash, proof.Stored)
	if err != nil {
		return nil, err
	}
	if n == 0 { // changed meanwhile, by somebody else
		return nil, guard.WrongCredentials()
	}
	if _, err := standing.Raise(tx, p.User); err != nil { // chat then knows accounts that have the old one for older
		return nil, err
	}
	if err := s.codes.CloseOf(tx, p.User); err != nil {
		return nil, err
	}
	var handle, to string
	if err := tx.Row(lockEmail, p.User).Scan(&handle, &to); err != nil || to == "" {
		return nil, err
	}
	letter := mail.PasswordChanged(to, handle)
	return &letter, nil
}

// ChangeEmail sends a code to the address that the account is to have. For an
// address that an account has already, answer, time and rows are the same, and
// the letter says so.
func (s *Service) ChangeEmail(ctx context.Context, p session.Principal, email, plain, addr string) error {
	to, address, err := mail.Address(email)
	if err != nil {
		return api.Invalid("/email", "%v", err)
	}
	if err := s.policy.takes(address); err != nil {
		return err
	}
	if _, err := s.guard.Prove(ctx, p.Handle, plain, addr); err != nil {
		return err
	}
	digits := secret.Code()
	var letter mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		known, err := s.countLetter(tx, address)
		if err != nil {
			return err
		}
		purpose := code.Readdress(p.User)
		letter = mail.NewAddress(to, p.Handle, digits, code.Life)
		if known != "" {
			purpose, letter = code.Nothing, mail.Known(to, known)
		}
		return s.codes.Store(tx, address, purpose, uuid.UUID(p.User), digits)
	})
	if err == nil {
		s.postman.Post(ctx, letter)
	}
	return err
}

// ConfirmEmail gives the account the address that the code went to. The one that
// it had is told.
func (s *Service) ConfirmEmail(ctx context.Context, p session.Principal, email, digits string) error {
	to, address, err := mail.Address(email)
	if err != nil {
		return api.Invalid("/email", "%v", err)
	}
	var taken uuid.UUID
	var before string
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		var handle string
		if _, taken, err = s.codes.Take(tx, address, code.Readdress(p.User), digits); err != nil || taken == uuid.Nil {
			return err // a wrong try is committed
		}
		if err := tx.Row(lockEmail, p.User).Scan(&handle, &before); err != nil {
			return err
		}
		if _, err := tx.Exec(setEmail, p.User, to, address); err != nil {
			return err
		}
		if err := s.codes.CloseOf(tx, p.User); err != nil {
			return err
		}
		_, err = standing.Raise(tx, p.User)
		return err
	})
	// Unique: another account has taken the address meanwhile.
	if errors.Is(err, store.ErrUnique) || errors.Is(err, store.ErrNoRow) || err == nil && taken == uuid.Nil {
		return api.NewProblem("bad_code", "ask for another one")
	}
	if err == nil && before != "" {
		s.postman.Post(ctx, mail.AddressGone(before, p.Handle))
	}
	return err
}

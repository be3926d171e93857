package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

// mostLasting is how many tokens for bots an account may have at once.
const mostLasting = 50

// CreateToken begins a session for a bot: it does not expire, and ends when it is
// revoked. Only who signed in makes one: a token that leaks breeds no others.
func (s *Service) CreateToken(ctx context.Context, p Principal, name string) (in api.SignedIn, err error) {
	if err := text.Name(name, api.MaxName); err != nil {
		return in, api.Invalid("/name", "%v", err)
	}
	if p.Lasting {
		return in, api.NewProblem("forbidden", "a token makes no tokens: sign in with the password")
	}
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		var n int64
		if err := tx.Row(countLasting, p.User).Scan(&n); err != nil {
			return err
		}
		if n >= mostLasting {
			return api.NewProblem("forbidden", "an account has at most %d tokens: revoke one first", mostLasting)
		}
		in, err = s.begin(tx, session{user: p.User, handle: p.Handle, name: name, lasting: true})
		return err
	})
	return in, err
}

// SetDisplayName changes the name shown beside the handle; an empty one takes it away.
func (s *Service) SetDisplayName(ctx context.Context, p Principal, name string) error {
	if name != "" {
		if err := text.Name(name, api.MaxName); err != nil {
			return api.Invalid("/display_name", "%v", err)
		}
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
func (s *Service) ChangePassword(ctx context.Context, p Principal, old, plain, addr string) error {
	if err := password.Check(plain); err != nil {
		return api.Invalid("/new_password", "%v", err)
	}
	who, err := s.prove(ctx, p, old, addr)
	var hash string
	var problem *api.Problem
	switch {
	case err == nil:
		hash, err = s.hash(ctx, plain)
	case errors.As(err, &problem) && problem.Code == "bad_credentials":
		who, err = s.prove(ctx, p, plain, addr) // repeated: it is the password already
	}
	if err != nil {
		return err
	}
	var version int64
	var letter *mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		letter = nil
		if hash != "" {
			if letter, err = s.replace(tx, p, who, hash); err != nil {
				return err
			}
		}
		version, err = s.endOthers(tx, p)
		return err
	})
	if err != nil {
		return err
	}
	s.cache.forget(p.User)
	if letter != nil {
		s.postman.Post(ctx, *letter)
	}
	return s.settled(ctx, p.User, version)
}

// replace replaces the password that was proved.
func (s *Service) replace(tx store.Tx, p Principal, who login, hash string) (*mail.Letter, error) {
	n, err := tx.Exec(changePassword, p.User, hash, who.hash)
	if err != nil {
		return nil, err
	}
	if n == 0 { // changed meanwhile, by somebody else
		return nil, wrongCredentials()
	}
	if _, err := tx.Exec(closeOwnCodes, p.User, s.time()); err != nil {
		return nil, err
	}
	var handle, to string
	if err := tx.Row(lockEmail, p.User).Scan(&handle, &to); err != nil || to == "" {
		return nil, err
	}
	letter := mail.PasswordChanged(to, handle)
	return &letter, nil
}

// endOthers ends all sessions of a person but the one that asks.
func (s *Service) endOthers(tx store.Tx, p Principal) (version int64, err error) {
	n, err := tx.Exec(endOthers, p.User, p.Session, s.time())
	if err != nil {
		return 0, err
	}
	if n == 0 {
		err = tx.Row(versionOfUser, p.User).Scan(&version)
		return version, err
	}
	if version, err = standing.Raise(tx, p.User); err != nil {
		return 0, err
	}
	return version, boundRevoked(tx, p.User, version)
}

// prove checks that who is signed in knows the password too. Failures count as
// those of signing in do.
func (s *Service) prove(ctx context.Context, p Principal, plain, addr string) (login, error) {
	if len(plain) > api.MaxPassword {
		return login{}, api.Invalid("/password", "a password has at most %d bytes", api.MaxPassword)
	}
	who, _, err := s.checkPassword(ctx, p.Handle, plain, s.keys.Network(addr))
	if err != nil {
		return who, err
	}
	return who, s.db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(clearFailures, who.lane)
		return err
	})
}

// ChangeEmail sends a code to the address that the account is to have. For an
// address that an account has already, answer, time and rows are the same, and
// the letter says so.
func (s *Service) ChangeEmail(ctx context.Context, p Principal, email, plain, addr string) error {
	to, address, err := mail.Address(email)
	if err != nil {
		return api.Invalid("/email", "%v", err)
	}
	if err := s.policy.takes(address); err != nil {
		return err
	}
	if _, err := s.prove(ctx, p, plain, addr); err != nil {
		return err
	}
	code := secret.Code()
	var letter mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		now := s.time()
		if err := s.countLetter(tx, address, now); err != nil {
			return err
		}
		known, err := accountOf(tx, address)
		if err != nil {
			return err
		}
		purpose := readdress(p.User)
		letter = mail.NewAddress(to, p.Handle, code, CodeLife)
		if known != "" {
			purpose, letter = nothing, mail.Known(to, known)
		}
		return s.storeCode(tx, address, purpose, uuid.UUID(p.User), code, now)
	})
	if err == nil {
		s.postman.Post(ctx, letter)
	}
	return err
}

// ConfirmEmail gives the account the address that the code went to. The one that
// it had is told.
func (s *Service) ConfirmEmail(ctx context.Context, p Principal, email, code string) error {
	to, address, err := mail.Address(email)
	if err != nil {
		return api.Invalid("/email", "%v", err)
	}
	var taken uuid.UUID
	var before string
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		var handle string
		if _, taken, err = s.takeCode(tx, address, readdress(p.User), code); err != nil || taken == uuid.Nil {
			return err // a wrong try is committed
		}
		if err := tx.Row(lockEmail, p.User).Scan(&handle, &before); err != nil {
			return err
		}
		if _, err := tx.Exec(setEmail, p.User, to, address); err != nil {
			return err
		}
		if _, err := tx.Exec(closeOwnCodes, p.User, s.time()); err != nil {
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

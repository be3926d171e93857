package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

// SignUp begins an account: a letter with a code goes to the address. For an
// address that has an account already, answer, time and rows are the same, and
// the letter says so instead. That a handle is taken is told. The letter is sent
// after SignUp has returned.
func (s *Service) SignUp(ctx context.Context, in register.Applicant) error {
	address, err := in.Check()
	if err != nil {
		return err
	}
	invited, err := s.mayJoin(ctx, address, in.Invite)
	if err != nil {
		return err
	}
	if err := s.db.Read(ctx, func(tx store.Tx) error { return register.IsFree(tx, in.Handle) }); err != nil {
		return err
	}
	hash, err := s.guard.Hash(ctx, in.Password)
	if err != nil {
		return err
	}
	var letter mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		letter, err = s.storeSignUp(tx, in, address, hash, invited)
		return err
	})
	if err != nil {
		return err
	}
	s.postman.Post(ctx, letter)
	return nil
}

// storeSignUp stores a sign-up with its code, and writes the letter.
func (s *Service) storeSignUp(tx store.Tx, in register.Applicant, address, hash string, invited []byte) (letter mail.Letter, err error) {
	signup, digits := uuid.New(), secret.Code()
	known, err := s.countLetter(tx, address)
	if err != nil {
		return letter, err
	}
	purpose := code.Confirm
	letter = mail.Code(in.Email, in.Handle, digits, code.Life)
	if known != "" {
		purpose = code.Nothing // a code that confirms nothing: the same rows are written
		letter = mail.Known(in.Email, known)
	}
	_, err = tx.Exec(insertSignup, signup[:], in.Handle, in.DisplayName, in.Email, address, hash, s.time(), invited)
	if err != nil {
		return letter, err
	}
	return letter, s.codes.Store(tx, address, purpose, signup, digits)
}

// countLetter counts a letter to an address, and tells whose account has it, "" for nobody's.
func (s *Service) countLetter(tx store.Tx, address string) (handle string, err error) {
	if err := s.codes.Count(tx, address); err != nil {
		return "", err
	}
	return register.HandleOf(tx, address)
}

// Resend sends another code for the latest sign-up with an address. The answer
// is the same for an address that nobody signed up with.
func (s *Service) Resend(ctx context.Context, email string) error {
	_, address, err := mail.Address(email)
	if err != nil {
		return api.Invalid("/email", "%v", err)
	}
	digits := secret.Code()
	var letter *mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		letter = nil
		known, err := s.countLetter(tx, address)
		if err != nil {
			return err
		}
		var signup uuid.UUID
		var handle, to string
		err = tx.Row(latestSignup, address, s.ago(signupLife)).Scan(&signup, &handle, &to)
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		purpose := code.Nothing
		switch {
		case known != "":
			l := mail.Known(email, known)
			letter = &l
		case err == nil:
			purpose = code.Confirm
			l := mail.Code(to, handle, digits, code.Life)
			letter = &l
		}
		return s.codes.Store(tx, address, purpose, signup, digits)
	})
	if err == nil && letter != nil {
		s.postman.Post(ctx, *letter)
	}
	return err
}

// Verify makes the account of the sign-up that code belongs to and signs in. It
// returns once chat knows the account. After the problem unavailable the same
// code can be given again.
func (s *Service) Verify(ctx context.Context, email, digits string) (api.SignedIn, error) {
	_, address, err := mail.Address(email)
	if err != nil {
		return api.SignedIn{}, api.Invalid("/email", "%v", err)
	}
	var in api.SignedIn
	var used uuid.UUID
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		in = api.SignedIn{}
		subject, id, err := s.codes.Take(tx, address, code.Confirm, digits)
		if err != nil || id == uuid.Nil { // a wrong try is committed
			return err
		}
		used = id
		in, err = s.confirmed(tx, subject)
		return err
	})
	if errors.Is(err, store.ErrUnique) || err == nil && in.Token == "" {
		return api.SignedIn{}, api.NewProblem("bad_code", "ask for another one")
	}
	if err != nil {
		return api.SignedIn{}, err
	}
	if err := s.standings.SettleNew(ctx, in.User); err != nil {
		s.reopen(ctx, used, in.Session)
		return api.SignedIn{}, err
	}
	return in, nil
}

// confirmed makes the account of a sign-up, or finds the one that it made when
// chat was late, and begins a session.
func (s *Service) confirmed(tx store.Tx, signup uuid.UUID) (api.SignedIn, error) {
	var a register.Entry
	var email, address, hash string
	var made api.UserID
	var invited []byte
	err := tx.Row(signupOfID, signup[:]).Scan(&a.Handle, &a.DisplayName, &email, &address, &hash, &made, &invited)
	if err != nil {
		return api.SignedIn{}, err
	}
	now := s.time()
	if made.IsZero() {
		if err := s.join(tx, invited, now); err != nil {
			return api.SignedIn{}, err
		}
		made = api.NewUserID()
		a.User, a.Email, a.Address, a.Password = made, &email, &address, &hash
		if err := register.Create(tx, a, now); err != nil {
			return api.SignedIn{}, err
		}
		if _, err := tx.Exec(signupHasUser, signup[:], made); err != nil {
			return api.SignedIn{}, err
		}
		if err := s.codes.Close(tx, address, code.Confirm); err != nil {
			return api.SignedIn{}, err
		}
	}
	return session.Begin(tx, session.Start{User: made, Handle: a.Handle, Name: "sign-up"}, now)
}

// reopen gives a code back whose caller could not be told a session, and drops that session.
func (s *Service) reopen(ctx context.Context, taken uuid.UUID, unheard api.SessionID) {
	s.takeBack(ctx, func(tx store.Tx) error {
		if err := code.Reopen(tx, taken); err != nil {
			return err
		}
		return session.Drop(tx, unheard)
	})
}

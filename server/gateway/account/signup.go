package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

// SignUp is what a person gives to make an account.
type SignUp struct {
	Handle      string
	Email       string
	Password    string
	DisplayName string // may be empty
	Invite      string // the code of an invite, where the policy wants one
}

// check reports the first thing that is wrong, and returns the address's key.
func (in SignUp) check() (address string, err error) {
	if err := text.Handle(in.Handle); err != nil {
		return "", api.Invalid("/handle", "%v", err)
	}
	_, address, err = mail.Address(in.Email)
	if err != nil {
		return "", api.Invalid("/email", "%v", err)
	}
	if err := password.Check(in.Password); err != nil {
		return "", api.Invalid("/password", "%v", err)
	}
	if in.DisplayName != "" {
		if err := text.Name(in.DisplayName, api.MaxName); err != nil {
			return "", api.Invalid("/display_name", "%v", err)
		}
	}
	return address, nil
}

// SignUp begins an account: a letter with a code goes to the address. For an
// address that has an account already, answer, time and rows are the same, and
// the letter says so instead. That a handle is taken is told. The letter is sent
// after SignUp has returned.
func (s *Service) SignUp(ctx context.Context, in SignUp) error {
	address, err := in.check()
	if err != nil {
		return err
	}
	invited, err := s.mayJoin(ctx, address, in.Invite)
	if err != nil {
		return err
	}
	if err := s.handleIsFree(ctx, in.Handle); err != nil {
		return err
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return err
	}
	signup, code := uuid.New(), secret.Code()
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
		purpose := confirm
		letter = mail.Code(in.Email, in.Handle, code, CodeLife)
		if known != "" {
			purpose = nothing // a code that confirms nothing: the same rows are written
			letter = mail.Known(in.Email, known)
		}
		_, err = tx.Exec(insertSignup, signup[:], in.Handle, in.DisplayName, in.Email, address, hash, now, invited)
		if err != nil {
			return err
		}
		return s.storeCode(tx, address, purpose, signup, code, now)
	})
	if err != nil {
		return err
	}
	s.postman.Post(ctx, letter)
	return nil
}

// Resend sends another code for the latest sign-up with an address. The answer
// is the same for an address that nobody signed up with.
func (s *Service) Resend(ctx context.Context, email string) error {
	_, address, err := mail.Address(email)
	if err != nil {
		return api.Invalid("/email", "%v", err)
	}
	code := secret.Code()
	var letter *mail.Letter
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		letter = nil
		now := s.time()
		if err := s.countLetter(tx, address, now); err != nil {
			return err
		}
		known, err := accountOf(tx, address)
		if err != nil {
			return err
		}
		var signup uuid.UUID
		var handle, to string
		err = tx.Row(latestSignup, address, s.ago(signupLife)).Scan(&signup, &handle, &to)
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		purpose := nothing
		switch {
		case known != "":
			l := mail.Known(email, known)
			letter = &l
		case err == nil:
			purpose = confirm
			l := mail.Code(to, handle, code, CodeLife)
			letter = &l
		}
		return s.storeCode(tx, address, purpose, signup, code, now)
	})
	if err == nil && letter != nil {
		s.postman.Post(ctx, *letter)
	}
	return err
}

// Verify makes the account of the sign-up that code belongs to and signs in. It
// returns once chat knows the account. After the problem unavailable the same
// code can be given again.
func (s *Service) Verify(ctx context.Context, email, code string) (api.SignedIn, error) {
	_, address, err := mail.Address(email)
	if err != nil {
		return api.SignedIn{}, api.Invalid("/email", "%v", err)
	}
	var in api.SignedIn
	var used uuid.UUID
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		in = api.SignedIn{}
		subject, id, err := s.takeCode(tx, address, confirm, code)
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
	if err := s.settled(ctx, in.User, 1); err != nil {
		return api.SignedIn{}, errors.Join(err, s.reopen(ctx, used, in.Session))
	}
	return in, s.acknowledged(ctx, in.User)
}

// confirmed makes the account of a sign-up, or finds the one that it made when
// chat was late, and begins a session.
func (s *Service) confirmed(tx store.Tx, signup uuid.UUID) (api.SignedIn, error) {
	var a newAccount
	var email, address, hash string
	var made api.UserID
	var invited []byte
	err := tx.Row(signupOfID, signup[:]).Scan(&a.handle, &a.display, &email, &address, &hash, &made, &invited)
	if err != nil {
		return api.SignedIn{}, err
	}
	now := s.time()
	if made.IsZero() {
		if err := s.join(tx, invited, now); err != nil {
			return api.SignedIn{}, err
		}
		made = api.NewUserID()
		a.user, a.email, a.address, a.password = made, &email, &address, &hash
		if err := create(tx, a, now); err != nil {
			return api.SignedIn{}, err
		}
		if _, err := tx.Exec(signupHasUser, signup[:], made); err != nil {
			return api.SignedIn{}, err
		}
		if _, err := tx.Exec(closeCodes, address, confirm, now); err != nil {
			return api.SignedIn{}, err
		}
	}
	return s.begin(tx, session{user: made, handle: a.handle, name: "sign-up"})
}

// reopen gives a code back whose caller could not be told a session, and drops that session.
func (s *Service) reopen(ctx context.Context, code uuid.UUID, unheard api.SessionID) error {
	return s.db.InTx(context.WithoutCancel(ctx), func(tx store.Tx) error {
		if _, err := tx.Exec(reopenCode, code[:]); err != nil {
			return err
		}
		_, err := tx.Exec(deleteSession, unheard)
		return err
	})
}

// acknowledged notes that chat has had the account's standing once.
func (s *Service) acknowledged(ctx context.Context, user api.UserID) error {
	return s.db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(acknowledge, user)
		return err
	})
}

func (s *Service) handleIsFree(ctx context.Context, handle string) error {
	return s.db.Read(ctx, func(tx store.Tx) error {
		var at int64
		switch err := tx.Row(handleIsTaken, handle).Scan(&at); {
		case errors.Is(err, store.ErrNoRow):
			return nil
		case err != nil:
			return err
		}
		return api.NewProblem("handle_taken", "take another")
	})
}

// accountOf is the handle of the account with an address, "" for none.
func accountOf(tx store.Tx, address string) (handle string, err error) {
	err = tx.Row(handleOfAddress, address).Scan(&handle)
	if errors.Is(err, store.ErrNoRow) {
		return "", nil
	}
	return handle, err
}

// hash hashes a new password, in its turn.
func (s *Service) hash(ctx context.Context, plain string) (string, error) {
	turn, err := s.hasher.Begin(ctx)
	if errors.Is(err, password.ErrBusy) {
		return "", busy()
	}
	if err != nil {
		return "", err
	}
	defer turn.End()
	return turn.Hash(plain).Encode(), nil
}

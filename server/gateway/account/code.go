package account

import (
	"crypto/hmac"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

// What a code is for.
const (
	confirm = "confirm" // an address, of a sign-up
	reset   = "reset"   // a new password, of an account
	nothing = "nothing" // written where no code is sent, so that the time does not tell
)

// readdress is the purpose of a code that gives an account another address. It
// names the account: tries of others do not use its codes up.
func readdress(user api.UserID) string { return "email " + user.String() }

const (
	codeTries     = 5
	lettersAnHour = 5
)

// codeDigest binds a code to its address, purpose and subject. It is keyed: eight
// digits alone are soon tried.
func (s *Service) codeDigest(address, purpose string, subject uuid.UUID, code string) []byte {
	return s.keys.Digest("code", []byte(address), []byte(purpose), subject[:], []byte(code))
}

func (s *Service) storeCode(tx store.Tx, address, purpose string, subject uuid.UUID, code string, now api.Time) error {
	id := uuid.New()
	_, err := tx.Exec(insertCode, id[:], address, purpose, subject[:], s.codeDigest(address, purpose, subject, code),
		now+api.Time(CodeLife.Milliseconds()))
	return err
}

// takeCode tries a code against all that are open for an address, of which each
// sign-up has its own: so nobody can make another's code worthless by signing up
// with the same address. The try is counted, on all of them, before anything is
// compared. It returns zero ids when none fits.
func (s *Service) takeCode(tx store.Tx, address, purpose, code string) (subject, id uuid.UUID, err error) {
	now := s.time()
	err = tx.Each(tryCodes, func(r store.Row) error {
		var rowID, of uuid.UUID
		var digest []byte
		if err := r.Scan(&rowID, &of, &digest); err != nil {
			return err
		}
		if hmac.Equal(digest, s.codeDigest(address, purpose, of, code)) {
			subject, id = of, rowID
		}
		return nil
	}, address, purpose, codeTries, now)
	if err != nil || id == uuid.Nil {
		return subject, id, err
	}
	n, err := tx.Exec(takeCode, id[:], now)
	if err != nil || n == 0 { // another call took it
		return uuid.Nil, uuid.Nil, err
	}
	return subject, id, nil
}

// countLetter counts a letter to an address and refuses the sixth within an hour.
func (s *Service) countLetter(tx store.Tx, address string, now api.Time) error {
	var started, sent int64
	if err := tx.Row(countLetter, address, now, now-api.Time(time.Hour.Milliseconds())).Scan(&started, &sent); err != nil {
		return err
	}
	if sent > lettersAnHour {
		wait := started + time.Hour.Milliseconds() - int64(now)
		return api.NewProblem("too_many", "at most %d codes an hour go to one address", lettersAnHour).Later(int(wait/1000) + 1)
	}
	return nil
}

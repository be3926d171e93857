package sweep_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pile puts rows into each table that is swept, which are over in a year.
func pile(s *accounttest.Stage, rows int) (tables []string) {
	s.T.Helper()
	now, id := s.Now(), make([]byte, 16)
	inserts := map[string]func(tx store.Tx, i int) (int64, error){
		"letters": func(tx store.Tx, i int) (int64, error) {
			return tx.Exec(`INSERT INTO letters (address, started, sent) VALUES ($1, $2, 1)`, fmt.Sprint(i), now)
		},
		"codes": func(tx store.Tx, i int) (int64, error) {
			return tx.Exec(`INSERT INTO codes (code_id, address, purpose, subject, code, expires, tries, used) VALUES ($1, '', '', $2, $2, $3, 0, 0)`, fmt.Appendf(nil, "%016d", i), id, now)
		},
		"failures": func(tx store.Tx, i int) (int64, error) {
			return tx.Exec(`INSERT INTO failures (lane, tries, last, closed) VALUES ($1, 1, $2, 0)`, fmt.Sprint(i), now)
		},
		"tickets": func(tx store.Tx, i int) (int64, error) {
			return tx.Exec(`INSERT INTO tickets (ticket, session_id, expires) VALUES ($1, $2, $3)`, fmt.Append(nil, i), id, now)
		},
		"erased_tokens": func(tx store.Tx, i int) (int64, error) {
			return tx.Exec(`INSERT INTO erased_tokens (token, user_id, at) VALUES ($1, $2, $3)`, fmt.Append(nil, i), id, now)
		},
		"sessions": func(tx store.Tx, i int) (int64, error) {
			return tx.Exec(`INSERT INTO sessions (session_id, user_id, token, name, since, created, last_used, revoked) VALUES ($1, $2, $1, '', 1, $3, $3, 0)`, fmt.Appendf(nil, "%016d", i), id, now)
		},
		"signups": func(tx store.Tx, i int) (int64, error) {
			return tx.Exec(`INSERT INTO signups (signup_id, handle, display_name, email, address, password, created) VALUES ($1, '', '', '', '', '', $2)`, fmt.Append(nil, i), now)
		},
	}
	s.Tx(func(tx store.Tx) error {
		for table, insert := range inserts {
			tables = append(tables, table)
			for i := range rows {
				if _, err := insert(tx, i); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return tables
}

func left(s *accounttest.Stage, table string) int64 { return s.Count(`SELECT COUNT(*) FROM ` + table) }

func TestATransactionDeletesABoundedPart(t *testing.T) {
	s := accounttest.New(t)
	pile(s, 1001)
	s.Clock.Advance(366 * 24 * time.Hour)
	for want := range 2 {
		for _, clean := range []func(store.Tx, api.Time) (bool, error){code.Clean, guard.Clean, session.Clean} {
			var more bool
			s.Tx(func(tx store.Tx) (err error) { more, err = clean(tx, s.Now()); return err })
			if more != (want == 0) {
				t.Errorf("the %d. part: more is %v", want+1, more)
			}
		}
		for _, table := range []string{"letters", "codes", "failures", "tickets", "erased_tokens", "sessions"} {
			if n := left(s, table); n != int64(1-want) {
				t.Errorf("%d rows of %s are left by the %d. part", n, table, want+1)
			}
		}
	}
}

func TestAllThatHasPiledUpIsDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := accounttest.New(t)
		tables := pile(s, 2500)
		s.Clock.Advance(366 * 24 * time.Hour)
		accounts := account.New(account.Config{DB: s.DB, Mail: s.Mail, Publish: s.Chat.Publish, Applied: s.Chat.Applied,
			Log: accounttest.Log, Now: s.Clock.Now, Hash: accounttest.Cheap})
		s.Must(accounts.Migrate(t.Context()))
		s.Background(accounts.Run)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for _, table := range tables {
			if n := left(s, table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
	})
}

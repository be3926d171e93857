package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"net/netip"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to this program's and reads the database's secret.
// It must return before any other method is called.
func (s *Service) Migrate(ctx context.Context) error {
	steps, err := store.ReadMigrations(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx, s.db, steps); err != nil {
		return err
	}
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails (crypto/rand)
	var secret []byte
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		if _, err := tx.Exec(putSecret, "keys", fresh); err != nil { // the first gateway's stays
			return err
		}
		return tx.Row(getSecret, "keys").Scan(&secret)
	})
	if err != nil {
		return fmt.Errorf("reading the accounts' secret: %w", err)
	}
	s.secret = secret
	return nil
}

// keyed is a digest that only who has the database can make. The use keeps the
// digests of different things apart; parts are separated by their lengths.
func (s *Service) keyed(use string, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, s.secret)
	fmt.Fprintf(mac, "%d:%s", len(use), use)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:", len(p))
		mac.Write(p)
	}
	return mac.Sum(nil)
}

// network is a digest of the network that an address lies in (the /64 of an
// IPv6 one), nil when it is none: rows hold no address.
func (s *Service) network(addr string) []byte {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return nil
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		p, _ := a.Prefix(64) // never fails: 64 fits
		a = p.Addr()
	}
	return s.keyed("network", a.AsSlice())[:16]
}

// raise gives an account its next version, to be published.
func raise(tx store.Tx, user api.UserID) (version int64, err error) {
	if err := tx.Row(raiseVersion, user).Scan(&version); err != nil {
		return 0, err
	}
	_, err = tx.Exec(markToPublish, user, version)
	return version, err
}

// newAccount is what an account is made with.
type newAccount struct {
	user      api.UserID
	handle    string
	display   string
	email     *string // as written; nil: none
	address   *string // the same for addresses that differ in case
	password  *string // PHC; nil: cannot sign in with one
	throwaway bool
}

// create makes an account at version 1, to be published. The handle is taken for ever.
func create(tx store.Tx, a newAccount, now api.Time) error {
	switch n, err := tx.Exec(takeHandle, a.handle, now); {
	case err != nil:
		return err
	case n == 0:
		return api.NewProblem("handle_taken", "take another")
	}
	throwaway := 0
	if a.throwaway {
		throwaway = 1
	}
	_, err := tx.Exec(insertAccount, a.user, a.handle, a.display, a.email, a.address, a.password, now, throwaway)
	if err != nil {
		return err
	}
	_, err = tx.Exec(markToPublish, a.user, 1)
	return err
}

// grantsOf lists an account's grants, sorted.
func grantsOf(tx store.Tx, user api.UserID) ([]string, error) {
	grants := []string{}
	err := tx.Each(grantsOfUser, func(r store.Row) error {
		var name string
		if err := r.Scan(&name); err != nil {
			return err
		}
		grants = append(grants, name)
		return nil
	}, user)
	return grants, err
}

// findUser reads who has a handle.
func findUser(tx store.Tx, handle string) (user api.UserID, err error) {
	err = tx.Row(userOfHandle, handle).Scan(&user)
	if errors.Is(err, store.ErrNoRow) {
		return user, api.NewProblem("not_found", "no account has this handle")
	}
	return user, err
}

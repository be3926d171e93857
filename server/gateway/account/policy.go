package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/invite"
	"github.com/chatctl/chatctl/server/store"
)

// Joining says who may sign up.
type Joining string

// The policies. An invite is looked at wherever one is given.
const (
	Open    Joining = "open"    // anybody
	Invited Joining = "invite"  // with an invite
	Domains Joining = "domains" // with an address of one of Policy.Domains
	Closed  Joining = "closed"  // nobody: administrators make the accounts
)

// Policy is who may sign up; the zero Policy is Open.
type Policy struct {
	Joining Joining
	Domains []string // of mail addresses, lower case
}

// Check reports what is wrong with p.
func (p Policy) Check() error {
	switch p.Joining {
	case "", Open, Invited, Closed:
		if len(p.Domains) > 0 {
			return fmt.Errorf("domains are for the sign-up policy %s", Domains)
		}
		return nil
	case Domains:
		if len(p.Domains) == 0 {
			return fmt.Errorf("the sign-up policy %s needs domains", Domains)
		}
		return nil
	}
	return fmt.Errorf("the sign-up policy is %s, %s, %s or %s, not %q", Open, Invited, Domains, Closed, p.Joining)
}

// takes reports whether an address may be one of this server's.
func (p Policy) takes(address string) error {
	domain := address[strings.LastIndexByte(address, '@')+1:]
	if p.Joining == Domains && !slices.Contains(p.Domains, domain) {
		return api.NewProblem("forbidden", "addresses here are those of %s", strings.Join(p.Domains, ", "))
	}
	return nil
}

// mayJoin decides whether somebody may begin to sign up, and returns the digest of their invite, nil for none.
func (s *Service) mayJoin(ctx context.Context, address, code string) (invited []byte, err error) {
	switch {
	case s.policy.Joining == Closed:
		return nil, api.NewProblem("forbidden", "this server takes no sign-ups: its administrators make the accounts")
	case s.policy.Joining == Invited && code == "":
		return nil, api.NewProblem("forbidden", "this server takes only people with an invite: ask somebody who runs it for one")
	}
	if err := s.policy.takes(address); err != nil || code == "" {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx store.Tx) (err error) {
		invited, err = invite.Check(tx, code, s.time())
		return err
	})
	return invited, notInvited(err)
}

// join uses the invite of a sign-up whose account is made now. Meanwhile others
// may have used it up.
func (s *Service) join(tx store.Tx, invited []byte, now api.Time) error {
	if invited == nil {
		return nil
	}
	return notInvited(invite.Use(tx, invited, now))
}

func notInvited(err error) error {
	if errors.Is(err, invite.ErrClosed) {
		return api.NewProblem("forbidden", "%v: ask for another one", err)
	}
	return err
}

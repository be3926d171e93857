package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/register"
)

func TestWhoMaySignUpIsThePolicys(t *testing.T) {
	for name, c := range map[string]struct {
		policy account.Policy
		want   string
	}{
		"open":              {account.Policy{}, ""},
		"closed":            {account.Policy{Joining: account.Closed}, "forbidden"},
		"without an invite": {account.Policy{Joining: account.Invited}, "forbidden"},
		"a domain of ours":  {account.Policy{Joining: account.Domains, Domains: []string{"example.org"}}, ""},
		"another's":         {account.Policy{Joining: account.Domains, Domains: []string{"example.com"}}, "forbidden"},
	} {
		w := newWorldOf(t, c.policy)
		if err := w.SignUp(w.ctx, signUpOf("ada", "ada@example.org")); codeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorldOf(t, account.Policy{Joining: account.Domains, Domains: []string{"example.org"}})
	_, p := w.person("ada")
	w.Refused(w.ChangeEmail(w.ctx, p, "ada@example.com", secret, "192.0.2.1"), "forbidden")
}

func TestAPolicySaysWhatIsWrongWithIt(t *testing.T) {
	for _, c := range []struct {
		policy account.Policy
		wrong  string
	}{
		{account.Policy{}, ""},
		{account.Policy{Joining: account.Invited}, ""},
		{account.Policy{Joining: account.Domains, Domains: []string{"example.org"}}, ""},
		{account.Policy{Joining: account.Domains}, "needs domains"},
		{account.Policy{Joining: account.Open, Domains: []string{"example.org"}}, "domains are for"},
		{account.Policy{Joining: "friends"}, `not "friends"`},
	} {
		err := c.policy.Check()
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%+v: %v, want %q", c.policy, err, c.wrong)
		}
	}
}

func TestAnInviteLetsWhoConfirmsFirstIn(t *testing.T) {
	w := newWorldOf(t, account.Policy{Joining: account.Invited})
	office := w.As("owner")
	in := func(handle, code string) (string, error) {
		err := w.SignUp(w.ctx, register.Applicant{Handle: handle, Email: handle + "@example.org", Password: secret, Invite: code})
		if err != nil {
			return "", err
		}
		_, sent := w.Letter()
		return sent, nil
	}
	one, err := office.CreateInvite(w.ctx, "for one", 1, api.TimeOf(w.Clock.Now().Add(time.Hour)))
	w.Must(err)
	ada, err := in("ada", one.Code)
	w.Must(err)
	bob, err := in("bob", one.Code) // both began
	w.Must(err)
	_, err = w.Verify(w.ctx, "ada@example.org", ada)
	w.Must(err)
	_, err = w.Verify(w.ctx, "bob@example.org", bob)
	w.Refused(err, "forbidden")
	for _, closed := range []string{one.Code, "chatctlinvite_nonsense"} {
		_, err = in("cyd", closed)
		w.Refused(err, "forbidden")
	}
	list, err := w.Invites(w.ctx, "", 10)
	if w.Must(err); len(list) != 1 || list[0].Used != 1 {
		t.Errorf("%+v", list)
	}
}

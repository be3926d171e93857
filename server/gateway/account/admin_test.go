package account_test

import (
	"slices"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/register"
)

func TestAdministratorsPeopleAreFoundByHandleAndAddress(t *testing.T) {
	w := newWorld(t)
	owner := w.As("owner")
	for _, h := range []string{"bob", "ada", "eve_x", "evexx"} {
		u, err := owner.CreateUser(w.ctx, register.Applicant{Handle: h, Email: h + "@Example.org", Password: secret})
		w.must(err)
		if !u.Verified || u.Handle != h || w.chat.standing(u.User).Version != 1 {
			t.Fatalf("made %+v", u)
		}
	}
	w.signIn("ada")
	for _, c := range []struct {
		after, q string
		limit    int
		want     []string
	}{
		{"", "", 10, []string{"ada", "bob", "eve_x", "evexx"}},
		{"ada", "", 2, []string{"bob", "eve_x"}},
		{"", "E_X", 10, []string{"eve_x"}}, // no wildcard
		{"", "bob@ex", 10, []string{"bob"}},
		{"", "%", 10, nil},
	} {
		users, err := w.Users(w.ctx, api.UserFilter{Text: c.q}, c.after, c.limit)
		w.must(err)
		var got []string
		for _, u := range users {
			got = append(got, u.Handle)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("after %q, q %q: %v, want %v", c.after, c.q, got, c.want)
		}
	}
	_, err := owner.CreateUser(w.ctx, register.Applicant{Handle: "ada", Email: "new@example.org", Password: secret})
	w.refused(err, "handle_taken")
	_, err = owner.CreateUser(w.ctx, register.Applicant{Handle: "new", Email: "ADA@example.org", Password: secret})
	w.refused(err, "invalid")
	_, err = w.User(w.ctx, "nobody")
	w.refused(err, "not_found")
}

func TestAdministratorsPeopleAreFoundByWhatTheyMayDo(t *testing.T) {
	w := newWorld(t)
	owner := w.As("owner")
	names := map[api.UserID]string{} // handles go when an account is erased
	for _, h := range []string{"ada", "bob", "cyd", "dan", "eve"} {
		u, err := owner.CreateUser(w.ctx, register.Applicant{Handle: h, Email: h + "@example.org", Password: secret})
		w.must(err)
		names[u.User] = h
	}
	w.must(second(owner.Grant(w.ctx, "ada", register.Administrator)))
	w.must(second(owner.Suspend(w.ctx, "bob", "", 0)))
	w.must(second(owner.Grant(w.ctx, "bob", register.LoadTest)))
	bots := map[string]api.SignedIn{}
	for _, h := range []string{"cyd", "dan", "eve"} {
		made, err := w.CreateToken(w.ctx, w.principal(w.signIn(h).Token), h+"-bot")
		w.must(err)
		bots[h] = made
	}
	w.must(second(owner.Revoke(w.ctx, "dan", bots["dan"].Session)))
	w.must(second(owner.Revoke(w.ctx, "eve", api.SessionID{})))
	w.must(second(owner.Delete(w.ctx, "eve")))
	for _, c := range []struct {
		filter api.UserFilter
		want   []string
	}{
		{api.UserFilter{State: api.UserActive}, []string{"ada", "cyd", "dan"}},
		{api.UserFilter{State: api.UserSuspended}, []string{"bob"}},
		{api.UserFilter{State: api.UserDeleted}, []string{"eve"}},
		{api.UserFilter{Grant: register.Administrator}, []string{"ada"}},
		{api.UserFilter{Grant: register.LoadTest, State: api.UserActive}, nil},
		{api.UserFilter{Grant: register.LoadTest, State: api.UserSuspended, Text: "bob@"}, []string{"bob"}},
		{api.UserFilter{Bots: true}, []string{"cyd"}},
	} {
		users, err := w.Users(w.ctx, c.filter, "", 10)
		w.must(err)
		var got []string
		for _, u := range users {
			got = append(got, names[u.User])
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v keeps %v, not %v", c.filter, got, c.want)
		}
	}
}

func TestEveryChangeOfAnAdministratorIsAuditedOnce(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	owner := w.As("owner")
	for range 2 { // what is so already changes nothing
		u, err := owner.Grant(w.ctx, "ada", register.LoadTest)
		w.must(err)
		if !slices.Equal(u.Grants, []string{register.LoadTest}) {
			t.Fatalf("grants %v", u.Grants)
		}
	}
	if p := w.principal(in.Token); !p.Exempt || !slices.Equal(p.Grants, []string{register.LoadTest}) {
		t.Fatalf("principal %+v", p)
	}
	w.must(second(owner.Ungrant(w.ctx, "ada", register.LoadTest)))
	if w.principal(in.Token).Exempt {
		t.Fatal("still exempt")
	}
	w.must(second(owner.Suspend(w.ctx, "ada", "", 0)))
	w.must(owner.Note(w.ctx, "held.drop", "x", ""))
	_, err := owner.Grant(w.ctx, "ada", "root")
	w.refused(err, "not_found")
	if n := w.count(`SELECT COUNT(*) FROM audit WHERE actor = 'owner'`); n != 4 {
		t.Fatalf("%d rows of audit", n)
	}
	if n := w.count(`SELECT version FROM accounts WHERE handle = 'ada'`); n != 4 {
		t.Fatalf("version %d after three changes", n)
	}
}

func TestMintedPeopleCanActAtOnceAndHaveNoPassword(t *testing.T) {
	w := newWorld(t)
	people, err := w.As("ada").Mint(w.ctx, 600, "swarm")
	w.must(err)
	seen := map[string]bool{}
	for _, c := range people {
		p := w.principal(c.Token)
		if p.User != c.User || p.Handle != c.Handle || !p.Exempt || seen[c.Handle] || w.chat.standing(c.User).Version != 1 {
			t.Fatalf("%+v of %+v", p, c)
		}
		seen[c.Handle] = true
	}
	_, err = w.SignIn(w.ctx, people[0].Handle, "", "", "")
	w.refused(err, "bad_credentials")
	_, err = w.As("ada").Mint(w.ctx, 0, "")
	w.refused(err, "invalid")
	_, err = w.As("ada").Mint(w.ctx, 1, "Ümlaut")
	w.refused(err, "invalid")
}

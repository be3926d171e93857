package office_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/office"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/suspension"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an office with all that it works with; nobody is in a conversation.
type world struct {
	*accounttest.Stage
	office.Admin // by the owner of the machine
	config       office.Config
	ctx          context.Context
	sessions     *session.Authority
	guard        *guard.Guard
	codes        *code.Codes
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := accounttest.New(t)
	standings := s.Standings()
	w := &world{Stage: s, ctx: t.Context(), sessions: session.New(s.DB, standings, accounttest.Log, s.Clock.Now),
		guard: guard.New(s.DB, s.Keys, accounttest.Cheap, s.Clock.Now), codes: code.New(s.Keys, s.Clock.Now)}
	eraser := erasure.New(s.DB, erasure.Chat{
		Applied:       s.Chat.Applied,
		Conversations: func(context.Context, api.UserID, api.ConversationID, int) ([]api.Head, error) { return nil, nil },
	}, s.Keys.Erasure, standings.Wake, accounttest.Log, s.Clock.Now)
	lifter := suspension.New(s.DB, standings, w.sessions.Forget, accounttest.Log, s.Clock.Now)
	postman := mail.NewPostman(s.Mail, accounttest.Log)
	for _, run := range []func(context.Context) error{w.sessions.Run, eraser.Run, lifter.Run, postman.Run} {
		s.Background(run)
	}
	w.config = office.Config{DB: s.DB, Sessions: w.sessions, Guard: w.guard, Codes: w.codes, Standings: standings,
		Eraser: eraser, Lifter: lifter, Postman: postman, Now: s.Clock.Now}
	w.Admin = office.New(w.config).As("owner")
	return w
}

// create makes an account with a password.
func (w *world) create(handle string) api.User {
	w.T.Helper()
	u, err := w.CreateUser(w.ctx, register.Applicant{Handle: handle, Email: handle + "@Example.org", Password: accounttest.Password})
	w.Must(err)
	return u
}

// principal is a new session of an account.
func (w *world) principal(u api.User) (string, session.Principal) {
	w.T.Helper()
	var in api.SignedIn
	w.Tx(func(tx store.Tx) (err error) {
		in, err = session.Begin(tx, session.Start{User: u.User, Handle: u.Handle}, w.Now())
		return err
	})
	p, err := w.sessions.Authenticate(w.ctx, in.Token)
	w.Must(err)
	return in.Token, p
}

func (w *world) signedOut(token string) {
	w.T.Helper()
	w.Refused(accounttest.Second(w.sessions.Authenticate(w.ctx, token)), "signed_out")
}

func TestAdministratorsPeopleAreFoundByHandleAndAddress(t *testing.T) {
	w := newWorld(t)
	for _, h := range []string{"bob", "ada", "eve_x", "evexx"} {
		if u := w.create(h); !u.Verified || u.Handle != h || w.Chat.Standing(u.User).Version != 1 {
			t.Fatalf("made %+v", u)
		}
	}
	w.Must(accounttest.Second(w.guard.Prove(w.ctx, "ada", accounttest.Password, "")))
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
		w.Must(err)
		var got []string
		for _, u := range users {
			got = append(got, u.Handle)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("after %q, q %q: %v, want %v", c.after, c.q, got, c.want)
		}
	}
	_, err := w.CreateUser(w.ctx, register.Applicant{Handle: "ada", Email: "new@example.org", Password: accounttest.Password})
	w.Refused(err, "handle_taken")
	_, err = w.CreateUser(w.ctx, register.Applicant{Handle: "new", Email: "ADA@example.org", Password: accounttest.Password})
	w.Refused(err, "invalid")
	_, err = w.CreateUser(w.ctx, register.Applicant{Handle: "new", Email: "new@example.org", Password: "password"})
	w.Refused(err, "invalid")
	w.Refused(accounttest.Second(w.User(w.ctx, "nobody")), "not_found")
}

func TestAdministratorsPeopleAreFoundByWhatTheyMayDo(t *testing.T) {
	w := newWorld(t)
	names := map[api.UserID]string{} // handles go when an account is erased
	bots := map[string]api.SignedIn{}
	for _, h := range []string{"ada", "bob", "cyd", "dan", "eve"} {
		u := w.create(h)
		names[u.User] = h
		if h >= "cyd" {
			_, p := w.principal(u)
			made, err := w.sessions.CreateToken(w.ctx, p, h+"-bot")
			w.Must(err)
			bots[h] = made
		}
	}
	w.Must(accounttest.Second(w.Grant(w.ctx, "ada", register.Administrator)))
	w.Must(accounttest.Second(w.Suspend(w.ctx, "bob", "", 0)))
	w.Must(accounttest.Second(w.Grant(w.ctx, "bob", register.LoadTest)))
	w.Must(accounttest.Second(w.Revoke(w.ctx, "dan", bots["dan"].Session)))
	w.Must(accounttest.Second(w.Revoke(w.ctx, "eve", api.SessionID{})))
	w.Must(accounttest.Second(w.Delete(w.ctx, "eve")))
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
		w.Must(err)
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
	ada := w.create("ada")
	token, _ := w.principal(ada)
	for range 2 { // what is so already changes nothing
		u, err := w.Grant(w.ctx, "ada", register.LoadTest)
		w.Must(err)
		if !slices.Equal(u.Grants, []string{register.LoadTest}) {
			t.Fatalf("grants %v", u.Grants)
		}
	}
	if p, err := w.sessions.Authenticate(w.ctx, token); err != nil || !p.Exempt || !slices.Equal(p.Grants, []string{register.LoadTest}) {
		t.Fatalf("principal %+v, %v", p, err)
	}
	w.Must(accounttest.Second(w.Ungrant(w.ctx, "ada", register.LoadTest)))
	if p, err := w.sessions.Authenticate(w.ctx, token); err != nil || p.Exempt {
		t.Fatalf("still exempt: %+v, %v", p, err)
	}
	w.Must(accounttest.Second(w.Suspend(w.ctx, "ada", "", 0)))
	w.Must(w.Note(w.ctx, "held.drop", "x", ""))
	w.Refused(accounttest.Second(w.Grant(w.ctx, "ada", "root")), "not_found")
	list, err := w.Audit(w.ctx, "", "owner", "", 10)
	w.Must(err)
	var acts []string
	for _, a := range list {
		acts = append(acts, a.Act)
	}
	if want := []string{"users.create", "users.grant", "users.ungrant", "users.suspend", "held.drop"}; !slices.Equal(acts, want) {
		t.Fatalf("the audit has %v, want %v", acts, want)
	}
	if u, err := w.User(w.ctx, "ada"); err != nil || u.Version != 4 {
		t.Fatalf("%+v after three changes, %v", u, err)
	}
}

func TestAnAdministratorSuspendsAndResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Clock.Go()
		token, _ := w.principal(w.create("ada"))
		until := api.TimeOf(w.Clock.Now().Add(time.Hour))
		u, err := w.Suspend(w.ctx, "ada", "sold hats", until)
		if w.Must(err); !u.Suspended || u.Until != until || !w.Chat.Standing(u.User).Suspended {
			t.Errorf("%+v, chat knows %+v", u, w.Chat.Standing(u.User))
		}
		suspended := func(want bool) {
			t.Helper()
			if p, err := w.sessions.Authenticate(w.ctx, token); err != nil || p.Suspended != want {
				t.Errorf("suspended: %v, %v", p.Suspended, err)
			}
		}
		suspended(true)
		time.Sleep(time.Hour) // the lifter was woken
		synctest.Wait()
		suspended(false)
		w.Must(accounttest.Second(w.Suspend(w.ctx, "ada", "", 0)))
		suspended(true)
		if u, err = w.Resume(w.ctx, "ada"); err != nil || u.Suspended || w.Chat.Standing(u.User).Suspended {
			t.Errorf("%+v, %v", u, err)
		}
		suspended(false)
		list, err := w.Audit(w.ctx, "", "owner", "ada", 10)
		if w.Must(err); len(list) != 4 || list[1].Detail != "until "+until.String()+": sold hats" || list[2].Detail != "" || list[3].Act != "users.resume" {
			t.Errorf("%+v", list)
		}
		for _, wrong := range []func() error{
			func() error { return accounttest.Second(w.Suspend(w.ctx, "ada", "", w.Now())) },
			func() error { return accounttest.Second(w.Suspend(w.ctx, "ada", strings.Repeat("x", 201), 0)) },
			func() error { return accounttest.Second(w.Suspend(w.ctx, "ada", "\x1b[31m", 0)) },
		} {
			w.Refused(wrong(), "invalid")
		}
	})
}

func TestAnAdministratorEndsSessionsOneByOneOrAll(t *testing.T) {
	w := newWorld(t)
	ada := w.create("ada")
	first, p := w.principal(ada)
	second, _ := w.principal(ada)
	list, err := w.SessionsOf(w.ctx, "ada")
	if w.Must(err); len(list) != 2 || list[0].Current || list[1].Current {
		t.Errorf("%+v", list)
	}
	w.Must(accounttest.Second(w.Revoke(w.ctx, "ada", p.Session)))
	w.signedOut(first)
	w.Must(accounttest.Second(w.sessions.Authenticate(w.ctx, second)))
	w.Must(accounttest.Second(w.Revoke(w.ctx, "ada", api.SessionID{})))
	w.signedOut(second)
	w.create("bob")
	w.Refused(accounttest.Second(w.Revoke(w.ctx, "bob", p.Session)), "not_found") // it is ada's
	w.Refused(accounttest.Second(w.SessionsOf(w.ctx, "nobody")), "not_found")
}

func TestAPasswordThatAnAdministratorSetsEndsAllSessionsAndCodes(t *testing.T) {
	w := newWorld(t)
	token, _ := w.principal(w.create("ada"))
	w.Must(accounttest.Second(w.SendReset(w.ctx, "ada")))
	text, digits := w.Letter()
	if digits == "" {
		t.Fatalf("the letter is %q", text)
	}
	for range 5 { // somebody guesses
		w.Refused(accounttest.Second(w.guard.Prove(w.ctx, "ada", "what nobody has chosen", "")), "bad_credentials")
	}
	w.Refused(accounttest.Second(w.SetPassword(w.ctx, "ada", "password")), "invalid")
	w.Must(accounttest.Second(w.SetPassword(w.ctx, "ada", accounttest.Another)))
	w.signedOut(token)
	w.Must(accounttest.Second(w.guard.Prove(w.ctx, "ada", accounttest.Another, ""))) // at once
	w.Refused(accounttest.Second(w.guard.Prove(w.ctx, "ada", accounttest.Password, "")), "bad_credentials")
	w.Tx(func(tx store.Tx) error {
		if _, id, err := w.codes.Take(tx, "ada@example.org", code.Reset, digits); err != nil || [16]byte(id) != [16]byte{} {
			t.Errorf("the code is good still: %v", err)
		}
		return nil
	})
	people, err := w.Mint(w.ctx, 1, "")
	w.Must(err)
	w.Refused(accounttest.Second(w.SendReset(w.ctx, people[0].Handle)), "not_found") // has no address
}

func TestMintedPeopleCanActAtOnceAndHaveNoPassword(t *testing.T) {
	w := newWorld(t)
	people, err := w.Mint(w.ctx, 600, "swarm")
	w.Must(err)
	seen := map[string]bool{}
	for _, c := range people {
		p, err := w.sessions.Authenticate(w.ctx, c.Token)
		w.Must(err)
		if p.User != c.User || p.Handle != c.Handle || !p.Exempt || !p.Throwaway || seen[c.Handle] || !strings.HasPrefix(c.Handle, "swarm-") || w.Chat.Standing(c.User).Version != 1 {
			t.Fatalf("%+v of %+v", p, c)
		}
		seen[c.Handle] = true
	}
	w.Refused(accounttest.Second(w.guard.Prove(w.ctx, people[0].Handle, "", "")), "bad_credentials")
	for _, c := range []struct {
		n      int
		prefix string
	}{{0, ""}, {-1, ""}, {20_001, ""}, {1, "Ümlaut"}, {1, "seventeen-letters"}} {
		w.Refused(accounttest.Second(w.Mint(w.ctx, c.n, c.prefix)), "invalid")
	}
}

func TestAnAdministratorErasesAnAccountAndItIsWrittenDown(t *testing.T) {
	w := newWorld(t)
	w.create("ada")
	root := w.As(office.By("root"))
	u, err := root.Delete(w.ctx, "ada")
	if w.Must(err); !u.Deleted {
		t.Errorf("%+v", u)
	}
	w.Until(func() bool { return w.Count(`SELECT COUNT(*) FROM accounts WHERE handle = 'ada'`) == 0 })
	w.Refused(accounttest.Second(root.Delete(w.ctx, "ada")), "not_found")
	list, err := w.Audit(w.ctx, "", "@root", "ada", 10)
	if w.Must(err); len(list) != 1 || list[0].Act != "users.delete" {
		t.Errorf("%+v", list)
	}
}

func TestTheFirstAdministratorIsMadeOnceByTheTokenAlone(t *testing.T) {
	w := newWorld(t)
	_, ada := w.principal(w.create("ada"))
	_, bob := w.principal(w.create("bob"))
	old, err := w.First(w.ctx)
	w.Must(err)
	token, err := w.First(w.ctx)
	w.Must(err)
	w.Refused(w.BecomeFirst(w.ctx, bob, old), "forbidden") // a restart drew another
	w.Refused(w.BecomeFirst(w.ctx, bob, "nonsense"), "forbidden")
	w.Must(w.BecomeFirst(w.ctx, ada, token))
	w.Refused(w.BecomeFirst(w.ctx, bob, token), "forbidden")
	u, err := w.User(w.ctx, "ada")
	if w.Must(err); len(u.Grants) != 1 || u.Grants[0] != register.Administrator {
		t.Errorf("%+v", u)
	}
	if none, err := w.First(w.ctx); err != nil || none != "" {
		t.Errorf("a token was drawn though ada administers: %v", err)
	}
}

func TestAnInviteIsMadeListedAndRevokedAndEachIsAudited(t *testing.T) {
	w := newWorld(t)
	later := api.TimeOf(w.Clock.Now().Add(time.Hour))
	made, err := w.CreateInvite(w.ctx, "for the choir", 3, later)
	if w.Must(err); made.Code == "" || made.Actor != "owner" || made.Uses != 3 {
		t.Errorf("%+v", made)
	}
	for range 2 {
		w.Must(w.RevokeInvite(w.ctx, made.Invite))
	}
	list, err := w.Invites(w.ctx, "", 10)
	if w.Must(err); len(list) != 1 || list[0].Code != "" || !list[0].Revoked || list[0].Note != "for the choir" {
		t.Errorf("%+v", list)
	}
	w.Refused(w.RevokeInvite(w.ctx, api.NewUserID().String()), "not_found")
	audited, err := w.Audit(w.ctx, "", "owner", made.Invite, 10)
	if w.Must(err); len(audited) != 2 || audited[0].Act != "invites.create" || audited[1].Act != "invites.revoke" {
		t.Errorf("%+v", audited)
	}
	for _, c := range []struct {
		pointer, note string
		uses          int64
		expires       api.Time
	}{
		{"/note", "\x1b[31m", 1, later}, {"/uses", "", -1, later}, {"/uses", "", 1<<31 + 1, later}, {"/expires", "", 1, w.Now()},
	} {
		_, err := w.CreateInvite(w.ctx, c.note, c.uses, c.expires)
		if p := w.Refused(err, "invalid"); p.Pointer != c.pointer {
			t.Errorf("%+v is wrong at %s", c, p.Pointer)
		}
	}
}

func TestAChangeThatChatIsLateForStandsAndIsAnsweredTheSameWhenItIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada := w.create("ada")
		w.Chat.Set(true, false)
		for range 2 {
			if p := w.Refused(accounttest.Second(w.Suspend(w.ctx, "ada", "", 0)), "unavailable"); p.RetryAfter == 0 {
				t.Error("no Retry-After")
			}
		}
		w.Chat.Set(false, false)
		u, err := w.Suspend(w.ctx, "ada", "", 0)
		if w.Must(err); !u.Suspended || !w.Chat.Standing(ada.User).Suspended || u.Version != 2 {
			t.Errorf("%+v, chat knows %+v", u, w.Chat.Standing(ada.User))
		}
		if list, err := w.Audit(w.ctx, "", "", "ada", 10); err != nil || len(list) != 2 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

package account_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Passwords: ada's, one that she may change to, and one that nobody has.
const (
	secret = accounttest.Password
	other  = accounttest.Another
	wrong  = "what nobody has chosen"
)

// rooms stand for the chat service's conversations, which are erased one by one.
type rooms struct {
	mu   sync.Mutex
	of   []api.ConversationID
	done map[api.ConversationID]api.ActionID
}

func (r *rooms) list(_ context.Context, _ api.UserID, after api.ConversationID, limit int) ([]api.Head, error) {
	var page []api.Head
	for _, c := range r.of {
		if slices.Compare(c[:], after[:]) > 0 && len(page) < limit {
			page = append(page, api.Head{Conversation: c})
		}
	}
	return page, nil
}

func (r *rooms) erase(_ context.Context, id api.ActionID, _ api.UserID, c api.ConversationID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[c] = id
	return nil
}

// world is one gateway's accounts with what is around them.
type world struct {
	*accounttest.Stage
	*account.Service
	ctx     context.Context
	joining account.Policy
	hash    account.HashParams
	rooms   *rooms
	log     *slog.Logger
	stop    func()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, account.Policy{})
}

func newWorldOf(t *testing.T, joining account.Policy) *world {
	t.Helper()
	w := &world{Stage: accounttest.New(t), ctx: t.Context(), joining: joining, hash: accounttest.Cheap,
		rooms: &rooms{done: map[api.ConversationID]api.ActionID{}}, log: accounttest.Log}
	w.start()
	return w
}

// start runs a gateway's accounts; a second call is a restart.
func (w *world) start() {
	w.T.Helper()
	if w.stop != nil {
		w.stop()
	}
	w.Service = account.New(account.Config{DB: w.DB, Mail: w.Mail, Publish: w.Chat.Publish, Applied: w.Chat.Applied,
		Erase: erasure.Chat{Conversations: w.rooms.list, Erase: w.rooms.erase}, Joining: w.joining,
		Log: w.log, Now: w.Clock.Now, Hash: w.hash})
	w.Must(w.Migrate(w.ctx))
	w.stop = w.Background(w.Run)
}

// codeOf is the code of a refusal, "" for none.
func codeOf(err error) string {
	var p *api.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func signUpOf(handle, email string) register.Applicant {
	return register.Applicant{Handle: handle, Email: email, Password: secret}
}

func (w *world) signUp(handle string) (code string) {
	w.T.Helper()
	w.Must(w.SignUp(w.ctx, signUpOf(handle, handle+"@example.org")))
	_, code = w.Letter()
	return code
}

// person is a signed-up person with a session.
func (w *world) person(handle string) (api.SignedIn, session.Principal) {
	w.T.Helper()
	in, err := w.Verify(w.ctx, handle+"@example.org", w.signUp(handle))
	w.Must(err)
	return in, w.principal(in.Token)
}

func (w *world) principal(token string) session.Principal {
	w.T.Helper()
	p, err := w.Authenticate(w.ctx, token)
	w.Must(err)
	return p
}

func (w *world) signedOut(token string) {
	w.T.Helper()
	w.Refused(accounttest.Second(w.Authenticate(w.ctx, token)), "signed_out")
}

func (w *world) signIn(handle string) api.SignedIn {
	w.T.Helper()
	in, err := w.SignIn(w.ctx, handle, secret, "", "192.0.2.1")
	w.Must(err)
	return in
}

package signin_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/signin"
	"github.com/chatctl/chatctl/tui/widget"
	"pgregory.net/rapid"

	tea "github.com/charmbracelet/bubbletea"
)

// newcomer is somebody before the forms. Commands are run as they come.
type newcomer struct {
	t *testing.T
	signin.Model
	said []tea.Msg // Done and Leave
}

func newNewcomer(t *testing.T, cfg signin.Config) *newcomer {
	t.Helper()
	c, err := client.New(client.Config{Server: cfg.Server})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cfg.Client, cfg.Keys, cfg.Theme, cfg.Device = c, keymap.Default(), widget.NewTheme(widget.Terminal{}), "test"
	return &newcomer{t: t, Model: signin.New(t.Context(), cfg).Resize(80, 24)}
}

func (n *newcomer) press(keys ...tea.KeyType) {
	for _, k := range keys {
		n.update(tea.KeyMsg{Type: k})
	}
}

func (n *newcomer) update(msg tea.Msg) {
	var cmd tea.Cmd
	n.Model, cmd = n.Update(msg)
	for cmd != nil {
		switch msg := cmd().(type) {
		case signin.Done, signin.Leave:
			n.said = append(n.said, msg)
			return
		default:
			n.Model, cmd = n.Update(msg)
		}
	}
}

// fills writes into the fields, from the focused one on, and sends the form.
func (n *newcomer) fills(texts ...string) {
	for _, s := range texts {
		n.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Paste: true})
		n.press(tea.KeyEnter)
	}
}

// goes follows the link with that label.
func (n *newcomer) goes(label string) {
	n.t.Helper()
	for range 20 {
		if strings.Contains(n.screen(), "▸ "+label) {
			n.press(tea.KeyEnter)
			return
		}
		n.press(tea.KeyTab)
	}
	n.t.Fatalf("there is no %q:\n%s", label, n.screen())
}

func (n *newcomer) screen() string { return ansi.Strip(n.View()) }

func (n *newcomer) sees(want string) {
	n.t.Helper()
	if !strings.Contains(strings.Join(strings.Fields(n.screen()), " "), want) {
		n.t.Errorf("%q is not on the screen:\n%s", want, n.screen())
	}
}

// session is the one that the forms ended with.
func (n *newcomer) session() api.SignedIn {
	n.t.Helper()
	if len(n.said) == 1 {
		if done, ok := n.said[0].(signin.Done); ok && done.Session.Token != "" {
			return done.Session
		}
	}
	n.t.Fatalf("no session: %v\n%s", n.said, n.screen())
	return api.SignedIn{}
}

var eight = regexp.MustCompile(`\b\d{8}\b`)

// letters is the codes in the development mailbox to an address.
func letters(srv *servertest.Server, email string) []string {
	var l struct {
		Mail []api.Letter `json:"mail"`
	}
	srv.Admin("GET", "/admin/v1/mail?to="+url.QueryEscape(email), nil, &l)
	var codes []string
	for _, letter := range l.Mail {
		if code := eight.FindString(letter.Text); code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// mailbox takes the code of the letter that comes after it was opened.
func mailbox(srv *servertest.Server) func(context.Context, string) func(context.Context) (string, error) {
	return func(_ context.Context, email string) func(context.Context) (string, error) {
		before := len(letters(srv, email))
		return func(ctx context.Context) (string, error) {
			for ctx.Err() == nil {
				if now := letters(srv, email); len(now) > before {
					return now[before], nil
				}
			}
			return "", ctx.Err()
		}
	}
}

func TestFromNothingToASessionInOneForm(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	n := newNewcomer(t, signin.Config{Server: srv.URL(), Mailbox: mailbox(srv)})
	n.goes("make an account")
	n.fills("ada", "ada@example.org", "Ada", "correct horse", "correct horse", "", "")
	if s := n.session(); s.Handle != "ada" {
		t.Errorf("signed in as %q", s.Handle)
	}
}

func TestTheOneTimeTokenMakesTheFirstAdministrator(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	srv := servertest.Start(t, servertest.Options{Change: func(cfg *server.Config) { cfg.FirstFile = file }})
	token, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := newNewcomer(t, signin.Config{Server: srv.URL(), Mailbox: mailbox(srv)})
	n.goes("make an account")
	n.fills("ada", "ada@example.org", "", "correct horse", "correct horse", "", "wrong")
	n.sees("Become the first administrator")
	n.sees("the token is wrong or used")
	n.press(tea.KeyCtrlU)
	n.fills(strings.TrimSpace(string(token)))
	c, err := client.New(client.Config{Server: srv.URL(), Token: n.session().Token})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if me, err := c.Me(t.Context()); err != nil || !slices.Contains(me.Grants, "admin") {
		t.Errorf("no administrator: %v, %v", me.Grants, err)
	}
}

func TestWithoutAMailboxTheCodeIsAskedFor(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	n := newNewcomer(t, signin.Config{Server: srv.URL()})
	n.goes("make an account")
	n.fills("ada", "ada@example.org", "", "correct horse", "correct horse", "", "")
	n.sees("a letter with a code is on its way to ada@example.org")
	n.fills("1234")
	n.sees("it is eight digits")
	n.press(tea.KeyCtrlU)
	n.fills("00000000")
	n.sees("The code is wrong, used or too old")
	n.goes("send another letter")
	n.sees("on its way")
	codes := letters(srv, "ada@example.org")
	for !strings.Contains(n.screen(), "▸ Code") {
		n.press(tea.KeyTab)
	}
	n.press(tea.KeyCtrlU)
	code := codes[len(codes)-1]
	n.fills(code[:4] + " " + code[4:])
	n.session()
}

func TestAForgottenPasswordIsSetAnew(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	srv.Person("ada")
	n := newNewcomer(t, signin.Config{Server: srv.URL(), Mailbox: mailbox(srv), Handle: "ada"})
	n.fills("wrong password")
	n.sees("The handle or the password is wrong")
	n.goes("I forgot my password")
	n.fills("ada@example.org")
	n.sees("the code is from the development mailbox")
	n.fills("brand new password", "brand new passwort")
	n.sees("the two passwords differ")
	n.press(tea.KeyCtrlU)
	n.fills("brand new password")
	n.session()

	n = newNewcomer(t, signin.Config{Server: srv.URL(), Handle: "ada"})
	n.fills("brand new password")
	n.session()
}

func TestAWrongCodeForANewPasswordIsToldAtTheCode(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	srv.Person("ada")
	n := newNewcomer(t, signin.Config{Server: srv.URL(), Handle: "ada"})
	n.goes("I forgot my password")
	n.fills("ada@example.org", "00000000", "brand new password", "brand new password")
	n.sees("The code is wrong, used or too old")
	n.sees("▸ Code")
}

func TestWhatIsWrongIsToldAtItsField(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	srv.Person("ada")
	n := newNewcomer(t, signin.Config{Server: srv.URL()})
	n.goes("make an account")
	n.fills("ada", "nonsense", "", "short", "", "", "")
	n.sees("E-mail: it looks like ada@example.org")
	n.press(tea.KeyCtrlU)
	n.fills("x@example.org", "")
	n.press(tea.KeyCtrlU)
	n.fills("password", "password", "", "")
	n.sees("▸ Password")
	n.press(tea.KeyCtrlU)
	n.fills("correct horse")
	n.press(tea.KeyCtrlU)
	n.fills("correct horse", "", "")
	n.sees("The handle is taken")
	n.sees("▸ Handle")
}

func TestNoPasswordIsOnTheScreen(t *testing.T) {
	n := newNewcomer(t, signin.Config{Server: "http://127.0.0.1:1", Handle: "ada"})
	n.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("sésame")})
	n.sees("••••••")
	if strings.Contains(n.screen(), "same") {
		t.Error(n.screen())
	}
}

func TestWithoutAServerPeopleAreToldAndTryAgain(t *testing.T) {
	n := newNewcomer(t, signin.Config{Server: "http://127.0.0.1:1", Handle: "ada", Why: "your session has ended"})
	n.sees("your session has ended")
	n.fills("correct horse")
	n.sees("connection refused; is a server running at")
	n.sees("enter tries again")
	n.press(tea.KeyEnter)
	n.sees("connection refused; is a server running at")
	n.press(tea.KeyEsc)
	if len(n.said) != 1 || n.said[0] != (signin.Leave{}) {
		t.Errorf("said %v", n.said)
	}
}

func TestAFormFitsAnyScreen(t *testing.T) {
	n := newNewcomer(t, signin.Config{Server: "http://127.0.0.1:1\x1b[2J"[:18], Why: strings.Repeat("漢字 \x1b[31m", 50)})
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 120).Draw(t, "width"), rapid.IntRange(1, 50).Draw(t, "height")
		m := n.Resize(width, height)
		for range rapid.IntRange(0, 12).Draw(t, "keys") {
			key := rapid.SampledFrom([]tea.KeyMsg{{Type: tea.KeyTab}, {Type: tea.KeyUp}, {Type: tea.KeyEsc}, {Type: tea.KeyRunes, Runes: []rune("漢👨‍👩‍👧é")}}).Draw(t, "key")
			m, _ = m.Update(key)
		}
		lines := strings.Split(m.View(), "\n")
		if len(lines) != height {
			t.Fatalf("%d lines, not %d", len(lines), height)
		}
		for _, l := range lines {
			if got := ansi.StringWidth(l); got != width {
				t.Fatalf("%q is %d cells wide, not %d", l, got, width)
			}
			if strings.Contains(l, "\x1b[31m字") {
				t.Fatal("a stranger's escape passed")
			}
		}
	})
}

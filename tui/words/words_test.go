package words_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/tui/words"
)

// page answers everything with a status and a page of somebody else's.
func page(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if status/100 == 3 {
			w.Header().Set("Location", "https://chat.example.org/")
		}
		w.WriteHeader(status)
		io.WriteString(w, "<h1>hello</h1>") //nolint:errcheck // a test's answer
	}
}

func serve(t *testing.T, h http.Handler, secure bool) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv
}

// asked is what comes of asking a server over HTTP, and of its stream's first state.
func asked(t *testing.T, url string, with *http.Client) (question, handshake error) {
	t.Helper()
	c, err := client.New(client.Config{Server: url, Token: "token", HTTP: with})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, question = c.Me(t.Context())
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	s := stream.New(c, stream.Config{Handle: func(e stream.Event) {
		if st, ok := e.(stream.State); ok && st.Phase == stream.Offline {
			handshake = st.Err
			enough()
		}
	}})
	if err := s.Run(ctx); err != nil && !errors.Is(err, handshake) {
		t.Errorf("the stream ended with %v, not %v", err, handshake)
	}
	return question, handshake
}

func TestWhatIsNoServerOfOursIsSaidInWords(t *testing.T) {
	plain := serve(t, page(200), false)
	secure := serve(t, page(200), true)
	trusting := func(change func(*tls.Config)) *http.Client {
		transport := secure.Client().Transport.(*http.Transport).Clone()
		change(transport.TLSClientConfig)
		return &http.Client{Transport: transport}
	}
	elsewhere := trusting(func(c *tls.Config) { c.ServerName = "chat.example.net" })
	late := trusting(func(c *tls.Config) { c.Time = func() time.Time { return time.Now().AddDate(100, 0, 0) } })
	for name, c := range map[string]struct {
		url  string
		with *http.Client
		says string
	}{
		"a page":                  {plain.URL, nil, "no chatctl server answers there"},
		"no such page":            {serve(t, page(404), false).URL, nil, "no chatctl server answers there (404 Not Found)"},
		"a file server":           {serve(t, page(501), false).URL, nil, "no chatctl server answers there (501 Not Implemented)"},
		"a proxy":                 {serve(t, page(502), false).URL, nil, "a proxy answers 502 Bad Gateway: the server behind it does not"},
		"moved":                   {serve(t, page(301), false).URL, nil, "the server is elsewhere (301 Moved Permanently): it says to go to https://chat.example.org/"},
		"unknown certificate":     {secure.URL, nil, "the server's certificate is signed by nobody whom this machine trusts; trust who signed it"},
		"another's certificate":   {secure.URL, elsewhere, ", not for chat.example.net; name the server as its certificate does, or ask who runs it"},
		"an old certificate":      {secure.URL, late, "UTC; who runs the server must renew it"},
		"https where there is no": {strings.Replace(plain.URL, "http:", "https:", 1), nil, "the server does not speak TLS; name it with http:// if that is meant"},
		"http where there is no":  {strings.Replace(secure.URL, "https:", "http:", 1), nil, "no chatctl server answers there (400 Bad Request)"},
		"nobody":                  {"http://127.0.0.1:1", nil, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			question, handshake := asked(t, c.url, c.with)
			for _, err := range []error{question, handshake} {
				if got := words.Of(err); !strings.Contains(got, c.says) {
					t.Errorf("%q (%v) does not say %q", got, err, c.says)
				}
			}
		})
	}
}

func TestWhatServersSayIsSaidInWords(t *testing.T) {
	for _, c := range []struct {
		err  error
		says string
	}{
		{nil, ""},
		{&stream.ClosedError{Code: api.CloseForbidden}, "the account is suspended, or is not there any more"},
		{&stream.ClosedError{Code: api.CloseProtocol, Reason: "x"}, "no chatctl server answers there, or one of another version"},
		{api.NewProblem("upgrade_required", "x"), "no chatctl server answers there, or one of another version"},
		{api.NewProblem("signed_out", "x"), "you are signed out"},
		{&client.UnknownError{Err: io.EOF}, "it may have been done: the answer was lost"},
		{context.DeadlineExceeded, "no answer in time"},
		{&tls.CertificateVerificationError{Err: errors.New("two\nlines")}, "tls: failed to verify certificate: two; lines"},
	} {
		if got := words.Of(c.err); got != c.says {
			t.Errorf("%v is said as %q, not %q", c.err, got, c.says)
		}
	}
}

package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/ops/keypair/keypairtest"
)

// showing is a server with a real certificate, changed as asked, and a client's
// transport that trusts who signed it.
func showing(t *testing.T, change func(*x509.Certificate)) (url string, trusting *http.Transport) {
	t.Helper()
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	if err := keypairtest.Files(cert, key, 1, change); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked all the same") }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	return srv.URL, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
}

func TestACertificateThatIsNotTrustedIsToldWithWhatIsWrongAndWhatToDo(t *testing.T) {
	year := 365 * 24 * time.Hour
	for name, c := range map[string]struct {
		change   func(*x509.Certificate)
		stranger bool // who signed it is not trusted
		what, do string
	}{
		"expired": {change: func(c *x509.Certificate) { c.NotAfter = time.Date(2020, 2, 3, 4, 5, 0, 0, time.UTC) },
			what: "expired on 2020-02-03 04:05 UTC", do: "must renew it"},
		"not yet valid": {change: func(c *x509.Certificate) { c.NotBefore = time.Now().Add(year) },
			what: "is not valid before 2", do: "clock"},
		"for another name": {change: func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"chat.example.org", "\x1b[2J"}, []net.IP{net.IPv4(192, 0, 2, 1)}
		}, what: "is for chat.example.org, ␛[2J, 192.0.2.1, not for 127.0.0.1", do: "name the server"},
		"for many names": {change: func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"a", "b", "c", "d"}, nil },
			what: "is for a, b, c, others, not for 127.0.0.1", do: "name the server"},
		"of an unknown authority": {change: func(*x509.Certificate) {}, stranger: true,
			what: "signed by nobody whom this machine trusts", do: "SSL_CERT_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			url, transport := showing(t, c.change)
			if c.stranger {
				transport.TLSClientConfig.RootCAs = x509.NewCertPool()
			}
			one, err := client.New(client.Config{Server: url, HTTP: &http.Client{Transport: transport}})
			if err != nil {
				t.Fatal(err)
			}
			defer one.Close()
			_, read := one.Me(t.Context())
			for asked, err := range map[string]error{"a read": read, "a change": one.SignUp(t.Context(), client.NewAccount{}), "an export": one.Export(t.Context(), io.Discard)} {
				var told *client.TLSError
				switch {
				case !errors.As(err, &told) || !errors.Is(err, client.ErrUnreachable):
					t.Errorf("%s: %v", asked, err)
				case !strings.Contains(err.Error(), c.what) || !strings.Contains(told.Do, c.do):
					t.Errorf("%s: %q, %q", asked, err, told.Do)
				}
			}
		})
	}
}

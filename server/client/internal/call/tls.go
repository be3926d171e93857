package call

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api/text"
)

// TLSError says that nothing was asked of a server because it does not speak TLS,
// or showed a certificate that is not trusted. It is ErrUnreachable.
type TLSError struct {
	What string // is wrong
	Do   string // about that
	Err  error
}

func (e *TLSError) Error() string { return e.What }

// Unwrap gives ErrUnreachable and the cause.
func (e *TLSError) Unwrap() []error { return []error{ErrUnreachable, e.Err} }

// Unreachable is err of a request that no server took.
func Unreachable(err error) error {
	if what, do := distrust(err); what != "" {
		return &TLSError{what, do, err}
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		err = op // it names the address: what the layers above say adds nothing
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// distrust puts into words why there is no TLS with a server, or none with one
// that is trusted; "" where err is something else.
func distrust(err error) (what, do string) {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var issuer x509.UnknownAuthorityError
	var other *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain), errors.Is(err, http.ErrSchemeMismatch):
		return "the server does not speak TLS", "name it with http:// if that is meant; else somebody may stand in between"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		return "the server's certificate is not valid before " + moment(invalid.Cert.NotBefore),
			"set this machine's clock if it is wrong; else ask who runs the server"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate expired on " + moment(invalid.Cert.NotAfter),
			"who runs the server must renew it, unless this machine's clock is wrong"
	case errors.As(err, &name):
		return "the server's certificate is for " + hosts(name.Certificate) + ", not for " + text.Show(name.Host),
			"name the server as its certificate does, or ask who runs it"
	case errors.As(err, &issuer):
		return "the server's certificate is signed by nobody whom this machine trusts",
			"trust who signed it (on Linux: SSL_CERT_FILE=FILE), or do not sign in there"
	case errors.As(err, &other):
		return "the server's certificate is not trusted: " + text.Show(other.Err.Error()), "ask who runs the server"
	}
	return "", ""
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// mostHosts is how many of a certificate's hosts are told.
const mostHosts = 3

func hosts(c *x509.Certificate) string {
	all := c.DNSNames
	for _, ip := range c.IPAddresses {
		all = append(all[:len(all):len(all)], ip.String())
	}
	switch {
	case len(all) == 0:
		return "no host"
	case len(all) > mostHosts:
		all = append(all[:mostHosts:mostHosts], "others")
	}
	return text.Show(strings.Join(all, ", "))
}

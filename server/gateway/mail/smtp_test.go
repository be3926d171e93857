package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	letters "github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// office is a mail server: it takes letters of ada with her password, over TLS.
type office struct {
	mu    sync.Mutex
	taken []string
	from  []string
	to    []string
	fail  []error // for the next recipients, one each
}

type visit struct {
	o      *office
	signed bool
}

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{o: o}, nil }

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "ada" || password != "secret of the office" {
			return smtp.ErrAuthFailed
		}
		v.signed = true
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	if !v.signed {
		return smtp.ErrAuthRequired
	}
	v.o.mu.Lock()
	defer v.o.mu.Unlock()
	v.o.from = append(v.o.from, from)
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.o.mu.Lock()
	defer v.o.mu.Unlock()
	if len(v.o.fail) > 0 {
		err := v.o.fail[0]
		v.o.fail = v.o.fail[1:]
		return err
	}
	v.o.to = append(v.o.to, to)
	return nil
}

func (v *visit) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	v.o.mu.Lock()
	defer v.o.mu.Unlock()
	v.o.taken = append(v.o.taken, string(b))
	return err
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

// openOffice runs a mail server with a certificate of its own until the test ends.
func openOffice(t *testing.T, o *office, implicit, startTLS bool) letters.SMTPConfig {
	t.Helper()
	cert, roots := certificate(t)
	s := smtp.NewServer(o)
	s.Domain = "localhost"
	s.ErrorLog = silent{}
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	if startTLS {
		s.TLSConfig = config
	} else {
		s.AllowInsecureAuth = true
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if implicit {
		l = tls.NewListener(l, config)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return letters.SMTPConfig{Host: "127.0.0.1", Port: port, User: "ada", Password: "secret of the office",
		From: "chat@example.org", Implicit: implicit, Roots: roots}
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "office"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func sender(t *testing.T, c letters.SMTPConfig) *letters.SMTP {
	t.Helper()
	s, err := letters.NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestALetterReachesAMailServerOverTLSAsItWasWritten(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		o := &office{}
		c := openOffice(t, o, implicit, !implicit)
		l := letters.Code("bob@example.org", "bob", "01234567", 10*time.Minute)
		if err := sender(t, c).Send(t.Context(), l.To, l.Subject, l.Text); err != nil {
			t.Fatal(err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.taken) != 1 || o.from[0] != "chat@example.org" || o.to[0] != "bob@example.org" {
			t.Fatalf("implicit %v: %q from %q to %q", implicit, o.taken, o.from, o.to)
		}
		m, err := mail.ReadMessage(strings.NewReader(o.taken[0]))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(m.Body)
		if err != nil || !bytes.Contains(body, []byte("The code is: 01234567")) {
			t.Errorf("%s, %v", body, err)
		}
		if m.Header.Get("Subject") != l.Subject || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Date") == "" || m.Header.Get("Message-Id") == "" {
			t.Errorf("headers %v", m.Header)
		}
	}
}

func TestNothingIsSentWithoutTLSOrToAServerThatNobodyVouchesFor(t *testing.T) {
	o := &office{}
	c := openOffice(t, o, false, false) // offers no STARTTLS
	if err := sender(t, c).Send(t.Context(), "bob@example.org", "s", "t"); err == nil {
		t.Error("sent in the clear")
	}
	c = openOffice(t, o, false, true)
	c.Roots = x509.NewCertPool()
	if err := sender(t, c).Send(t.Context(), "bob@example.org", "s", "t"); err == nil {
		t.Error("sent to a stranger")
	}
	if len(o.from) > 0 {
		t.Errorf("%q", o.from)
	}
}

func TestARefusalIsToldFromAFailureAndNamesNoAddress(t *testing.T) {
	o := &office{}
	s := sender(t, openOffice(t, o, false, true))
	for code, final := range map[int]bool{550: true, 451: false} {
		o.fail = []error{&smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no <bob@example.org> here"}}
		err := s.Send(t.Context(), "bob@example.org", "s", "t")
		if err == nil || errors.Is(err, letters.ErrRefused) != final || strings.Contains(err.Error(), "bob") || !strings.Contains(err.Error(), fmt.Sprint(code)) {
			t.Errorf("%d: %v", code, err)
		}
	}
	c := openOffice(t, o, false, true)
	c.Password = "a wrong one"
	err := sender(t, c).Send(t.Context(), "bob@example.org", "s", "t")
	if err == nil || strings.Contains(err.Error(), "a wrong one") {
		t.Errorf("%v", err)
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, "a wrong one") {
		t.Error(text)
	}
}

func TestAMailServerThatIsAwayForAMomentGetsTheLetterAfterAll(t *testing.T) {
	o := &office{fail: []error{&smtp.SMTPError{Code: 421, Message: "busy"}}}
	tries := make(chan error, 4)
	p := letters.NewPostman(watched{sender(t, openOffice(t, o, false, true)), tries}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	p.Post(ctx, letters.Letter{To: "bob@example.org", Subject: "s", Text: "t"})
	if err := <-tries; err == nil {
		t.Error("the first try did not fail")
	}
	if err := <-tries; err != nil { // after 5 s
		t.Error(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// watched tells how each try went.
type watched struct {
	letters.Sender
	tries chan error
}

func (w watched) Send(ctx context.Context, to, subject, text string) error {
	err := w.Sender.Send(ctx, to, subject, text)
	w.tries <- err
	return err
}

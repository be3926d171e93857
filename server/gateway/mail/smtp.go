package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/wneessen/go-mail"
)

// ErrRefused marks a letter that the mail server will never take: it is not tried again.
var ErrRefused = errors.New("the mail server refuses it for good")

// Secret prints as redacted; only an explicit conversion tells it.
type Secret string

func (Secret) String() string   { return "[redacted]" }
func (Secret) GoString() string { return "[redacted]" }

// SMTPConfig names a mail server. There is no sending without TLS.
type SMTPConfig struct {
	Host     string
	Port     int
	User     string // empty: no authentication
	Password Secret
	From     string         // the address that letters come from
	Implicit bool           // TLS from the first byte (RFC 8314); else STARTTLS, required
	Roots    *x509.CertPool // nil: the system's
}

// SMTP sends letters through a mail server.
type SMTP struct {
	cfg    SMTPConfig
	client *mail.Client
}

// NewSMTP returns a Sender; it does not connect. The error says which setting is wrong.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	if _, _, err := Address(c.From); err != nil {
		return nil, fmt.Errorf("the address that letters come from: %w", err)
	}
	opts := []mail.Option{
		mail.WithPort(c.Port), mail.WithTimeout(10 * time.Second),
		mail.WithTLSConfig(&tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}),
	}
	if c.Implicit {
		opts = append(opts, mail.WithSSL())
	} else {
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if c.User != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.User), mail.WithPassword(string(c.Password)))
	}
	client, err := mail.NewClient(c.Host, opts...)
	if err != nil {
		return nil, fmt.Errorf("the mail server: %w", err)
	}
	return &SMTP{c, client}, nil
}

// Send hands a letter to the mail server (Sender).
func (s *SMTP) Send(ctx context.Context, to, subject, text string) error {
	m := mail.NewMsg()
	if err := errors.Join(m.From(s.cfg.From), m.To(to)); err != nil {
		return fmt.Errorf("%w: an address that it cannot take", ErrRefused)
	}
	m.Subject(subject)
	m.SetMessageID()
	m.SetDate()
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: answer nothing to it
	m.SetBodyString(mail.TypeTextPlain, text)
	return plainly(s.client.DialAndSendWithContext(ctx, m))
}

// plainly says what went wrong without the addresses that the library's errors and servers' answers hold.
func plainly(err error) error {
	var refused *mail.SendError
	if !errors.As(err, &refused) {
		return err
	}
	if code := refused.ErrorCode(); code >= 500 && !refused.IsTemp() {
		return fmt.Errorf("%w: SMTP status %d %s", ErrRefused, code, refused.EnhancedStatusCode())
	}
	return fmt.Errorf("the mail server did not take it: SMTP status %d %s", refused.ErrorCode(), refused.EnhancedStatusCode())
}

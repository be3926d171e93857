package main

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/spf13/pflag"
)

// smtpFlags name the mail server; without a host letters stay in the development mailbox.
type smtpFlags struct {
	host, user, from, passwordFile, tls, ca string
	port                                    int
}

func (f *smtpFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.host, "smtp-host", "", "send letters through this mail `SERVER`; without it they stay in the development mailbox")
	fl.IntVar(&f.port, "smtp-port", 0, "its `PORT` (default 587, with --smtp-tls implicit 465)")
	fl.StringVar(&f.user, "smtp-user", "", "the `NAME` to authenticate with")
	fl.StringVar(&f.passwordFile, "smtp-password-file", "", "the `FILE` that holds the password, readable by its owner only (or CHATCTL_SMTP_PASSWORD)")
	fl.StringVar(&f.from, "smtp-from", "", "the `ADDRESS` that letters come from")
	fl.StringVar(&f.tls, "smtp-tls", "starttls", "starttls or implicit; nothing is sent without TLS")
	fl.StringVar(&f.ca, "smtp-ca", "", "a `FILE` with the certificates that vouch for the server (default: the system's)")
}

// sender is the mail server's, or nil where none is named.
func (f *smtpFlags) sender(getenv func(string) string) (mail.Sender, error) {
	if f.tls != "starttls" && f.tls != "implicit" {
		return nil, fmt.Errorf("--smtp-tls %s is not starttls or implicit", f.tls)
	}
	if f.host == "" {
		if f.port != 0 || f.user != "" || f.passwordFile != "" || f.from != "" || f.ca != "" {
			return nil, errors.New("--smtp-host: the other --smtp flags need it")
		}
		return nil, nil
	}
	c := mail.SMTPConfig{Host: f.host, Port: cmp.Or(f.port, 587), User: f.user, From: f.from}
	switch {
	case f.from == "":
		return nil, errors.New("--smtp-from: say which address letters come from")
	case f.tls == "implicit":
		c.Implicit, c.Port = true, cmp.Or(f.port, 465)
	}
	var err error
	if c.Password, err = f.password(getenv); err != nil {
		return nil, err
	}
	if (c.User == "") != (c.Password == "") {
		return nil, errors.New("--smtp-user: a name and a password (--smtp-password-file, or CHATCTL_SMTP_PASSWORD) go together")
	}
	if c.Roots, err = f.roots(); err != nil {
		return nil, err
	}
	s, err := mail.NewSMTP(c)
	if err != nil {
		return nil, fmt.Errorf("--smtp-from, --smtp-host: %w", err)
	}
	return s, nil
}

func (f *smtpFlags) password(getenv func(string) string) (mail.Secret, error) {
	if f.passwordFile == "" {
		return mail.Secret(getenv("CHATCTL_SMTP_PASSWORD")), nil
	}
	s, err := cli.SecretFile(f.passwordFile)
	if err != nil {
		return "", fmt.Errorf("--smtp-password-file: %w", err)
	}
	return mail.Secret(s), nil
}

func (f *smtpFlags) roots() (*x509.CertPool, error) {
	if f.ca == "" {
		return nil, nil
	}
	b, err := os.ReadFile(f.ca)
	if err != nil {
		return nil, fmt.Errorf("--smtp-ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("--smtp-ca: %s holds no certificate", f.ca)
	}
	return roots, nil
}

package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"
)

// mailServer runs one over STARTTLS until the script ends, which writes the
// letters that it takes to a file: mailserver CERT KEY FILE PORTVAR
func mailServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: mailserver CERT KEY FILE PORTVAR")
	}
	cert, err := tls.LoadX509KeyPair(ts.MkAbs(args[0]), ts.MkAbs(args[1]))
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(args[2]))
	ts.Check(err)
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return postbox{file}, nil }))
	s.Domain, s.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{cert}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	ts.Defer(func() {
		s.Close() //nolint:errcheck // the script is over
		<-ended
		file.Close() //nolint:errcheck // it was read by then
	})
	ts.Setenv(args[3], fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
}

// postbox takes every letter.
type postbox struct{ file io.Writer }

func (postbox) Mail(string, *smtp.MailOptions) error { return nil }
func (postbox) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (p postbox) Data(r io.Reader) error             { _, err := io.Copy(p.file, r); return err }
func (postbox) Reset()                               {}
func (postbox) Logout() error                        { return nil }

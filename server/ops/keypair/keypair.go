// Package keypair keeps the TLS certificate that a process serves, and takes a
// new one while it serves.
//
// A pair of files that does not fit, or cannot be read, changes nothing: what
// was served goes on, and the log says why. Config may be used by any number of
// listeners; Run belongs to one goroutine.
package keypair

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/ops/secret"
)

// look is how often the files are compared with what is served.
const look = 10 * time.Second

// Pair is a certificate with its key, from two PEM files.
type Pair struct {
	certFile, keyFile string
	log               *slog.Logger
	current           atomic.Pointer[tls.Certificate]

	// Only Load and Run.
	cert, key []byte // of what is served
	failing   bool
}

// Load reads a pair. The certificate's file holds the leaf first, then what
// leads to its root. The key's may not be open to everybody.
func Load(certFile, keyFile string, log *slog.Logger) (*Pair, error) {
	p := &Pair{certFile: certFile, keyFile: keyFile, log: log}
	if _, err := p.reload(); err != nil {
		return nil, err
	}
	if end := p.Expiry(); time.Now().After(end) {
		log.Warn("certificate has expired", "expiry", end, "file", certFile)
	}
	return p, nil
}

// Config serves the pair, as it is at each handshake, over TLS 1.2 or later. It
// offers HTTP/1.1 only: a WebSocket needs the connection for itself.
func (p *Pair) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return p.current.Load(), nil
		},
	}
}

// Expiry is when the certificate that is served ends.
func (p *Pair) Expiry() time.Time { return p.current.Load().Leaf.NotAfter }

// Run takes a new pair when the files have changed, at each hangup and each 10 s
// without one, until ctx ends.
func (p *Pair) Run(ctx context.Context, hangup <-chan os.Signal) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangup:
			p.failing = false // somebody asks: say it again
		case <-tick.C:
		}
		changed, err := p.reload()
		switch {
		case err != nil && !p.failing:
			p.log.ErrorContext(ctx, "new certificate not taken, the old one is served", "expiry", p.Expiry(), "err", err)
		case changed:
			p.log.InfoContext(ctx, "certificate taken", "expiry", p.Expiry())
		}
		p.failing = err != nil
	}
}

// reload serves what lies in the files, if that has changed.
func (p *Pair) reload() (changed bool, err error) {
	cert, err := os.ReadFile(p.certFile)
	if err != nil {
		return false, err
	}
	key, err := secret.Read(p.keyFile)
	if err != nil {
		return false, err
	}
	if bytes.Equal(cert, p.cert) && bytes.Equal(key, p.key) {
		return false, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false, fmt.Errorf("%s with %s: %w", p.certFile, p.keyFile, err)
	}
	p.cert, p.key = cert, key
	p.current.Store(&pair)
	return true, nil
}

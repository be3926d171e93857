package keypair_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/chatctl/chatctl/server/ops/keypair"
	"github.com/chatctl/chatctl/server/ops/keypair/keypairtest"
)

func files(dir string) (cert, key string) {
	return filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
}

// served is the serial number of the certificate that a client is shown.
func served(t *testing.T, p *keypair.Pair, version uint16) (serial string, err error) {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	go func() {
		defer far.Close()
		tls.Server(far, p.Config()).Handshake() //nolint:errcheck // the client's side is looked at
	}()
	c := tls.Client(near, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
	if err := c.Handshake(); err != nil {
		return "", err
	}
	return c.ConnectionState().PeerCertificates[0].SerialNumber.String(), nil
}

func TestAChangedCertificateIsServedWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	cert, key := files(dir)
	keypairtest.Write(t, cert, key, 1)
	p, err := keypair.Load(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		hangup := make(chan os.Signal)
		ended := make(chan error)
		go func() { ended <- p.Run(ctx, hangup) }()
		is := func(want string) {
			t.Helper()
			hangup <- os.Interrupt // any will do
			synctest.Wait()
			if got, err := served(t, p, tls.VersionTLS13); err != nil || got != want {
				t.Errorf("serves %s, %v; want %s", got, err, want)
			}
		}
		is("1")
		keypairtest.Write(t, cert, key, 2)
		is("2")
		keypairtest.Write(t, cert, filepath.Join(dir, "other.pem"), 3)
		is("2") // half of a pair changes nothing
		if err := os.WriteFile(cert, []byte("rubbish"), 0o600); err != nil {
			t.Fatal(err)
		}
		is("2")
		keypairtest.Write(t, cert, key, 4)
		is("4")
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestNothingOlderThanTLS12IsSpoken(t *testing.T) {
	cert, key := files(t.TempDir())
	keypairtest.Write(t, cert, key, 1)
	p, err := keypair.Load(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for version, well := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		if _, err := served(t, p, version); (err == nil) != well {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	cert, key := files(dir)
	keypairtest.Write(t, cert, key, 1)
	other := filepath.Join(dir, "other.pem")
	keypairtest.Write(t, filepath.Join(dir, "othercert.pem"), other, 2)
	open := filepath.Join(dir, "open.pem")
	b, err := os.ReadFile(key)
	if err == nil {
		err = os.WriteFile(open, b, 0o644) //nolint:gosec // that is what is tested
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range [][2]string{{cert, other}, {key, cert}, {cert, open}, {cert, filepath.Join(dir, "gone")}, {filepath.Join(dir, "gone"), key}} {
		if _, err := keypair.Load(f[0], f[1], slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%v was taken", f)
		}
	}
	if !x509.NewCertPool().AppendCertsFromPEM(keypairtest.Write(t, cert, key, 9)) {
		t.Error("the written certificate is no root")
	}
}

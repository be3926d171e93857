// Package keypairtest makes real certificates for tests of whoever serves TLS.
package keypairtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

// Write is Files, and returns the certificate's PEM, for a client's roots.
func Write(t testing.TB, certFile, keyFile string, serial int64) []byte {
	t.Helper()
	err := Files(certFile, keyFile, serial)
	var cert []byte
	if err == nil {
		cert, err = os.ReadFile(certFile)
	}
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// Files makes a self-signed certificate for localhost and 127.0.0.1 with a key,
// in two PEM files, but for what is changed in it.
func Files(certFile, keyFile string, serial int64, changed ...func(*x509.Certificate)) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "chatctl test"},
		// Also valid at synctest's midnight of 2000.
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, change := range changed {
		change(&template)
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	// The key first: a server that looks in between finds a pair that does not fit, and looks again.
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
}

package main

import (
	"crypto/x509"
	"os"
	"os/exec"
	"testing"
)

// Without this an image of the program alone could reach no mail server, no
// collector and no chat server over TLS.
func TestRootCertificatesAreThereWhereTheSystemHasNone(t *testing.T) {
	const again = "CHATCTL_TEST_ROOTS"
	if os.Getenv(again) == "" {
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), again+"=1", "SSL_CERT_FILE=/none", "SSL_CERT_DIR=/none") // read by crypto/x509 on Unix
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	if roots.Equal(x509.NewCertPool()) {
		t.Error("there are none")
	}
}

//go:build unix

//go:debug x509usefallbackroots=1

package socket_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"syscall"
	"testing"

	"github.com/chatctl/chatctl/loadtest/socket"
)

// trusted is the certificate that the tests' clients trust, and nothing else: it
// can be said once a process.
var trusted = sync.OnceValue(func() tls.Certificate {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	x509.SetFallbackRoots(roots)
	return srv.TLS.Certificates[0]
})

// A connection that ends with a reset leaves nobody in TIME_WAIT.
func TestACloseEndsTheConnectionBelowWithAReset(t *testing.T) {
	trusted()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			ended := make(chan error, 1)
			go func() { ended <- end(l, scheme == "https") }()
			u, _ := url.Parse(fmt.Sprintf("%s://%s/stream", scheme, l.Addr()))
			c, err := socket.Dial(t.Context(), socket.Options{URL: u})
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
			if err := <-ended; !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the server's end saw %v", err)
			}
		})
	}
}

// end serves one socket until the client ends it, and returns how the connection
// below ended: nil is the orderly way.
func end(l net.Listener, secure bool) error {
	below, err := l.Accept()
	if err != nil {
		return err
	}
	defer below.Close()
	nc := below
	if secure {
		nc = tls.Server(below, &tls.Config{Certificates: []tls.Certificate{trusted()}})
	}
	r := bufio.NewReader(nc)
	req, err := http.ReadRequest(r)
	if err != nil {
		return err
	}
	fmt.Fprintf(nc, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", socket.AcceptOf(req.Header.Get("Sec-WebSocket-Key")))
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, below) // TLS has an end of its own
	return err
}

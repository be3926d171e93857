package hub_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"net"
	"net/http"
	"strings"

	"github.com/chatctl/chatctl/server/gateway/hub"
)

// insecure is a client that trusts the test's certificate.
func insecure() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
}

// rawConn is a client that speaks no more WebSocket than it is told to, and reads only when asked.
type rawConn struct {
	net.Conn
	r *bufio.Reader
}

func (w *world) dialRaw() *rawConn {
	w.t.Helper()
	addr := strings.TrimPrefix(strings.TrimPrefix(w.url, "http://"), "https://")
	for {
		var nc net.Conn
		var err error
		if strings.HasPrefix(w.url, "https") {
			nc, err = tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		} else {
			nc, err = net.Dial("tcp", addr)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		req := "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: " + hub.Subprotocol + "\r\n\r\n"
		if _, err := nc.Write([]byte(req)); err != nil {
			w.t.Fatal(err)
		}
		c := &rawConn{nc, bufio.NewReaderSize(nc, 512)}
		resp, err := http.ReadResponse(c.r, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		if resp.StatusCode == http.StatusSwitchingProtocols {
			w.t.Cleanup(func() { nc.Close() })
			return c
		}
		nc.Close() // Run has not begun
	}
}

// text writes a masked text frame; the mask is zero.
func (c *rawConn) text(op byte, p []byte) error {
	b := []byte{0x80 | op}
	switch {
	case len(p) < 126:
		b = append(b, 0x80|byte(len(p)))
	case len(p) < 1<<16:
		b = append(b, 0x80|126, byte(len(p)>>8), byte(len(p)))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(len(p)))
	}
	b = append(b, 0, 0, 0, 0)
	_, err := c.Write(append(b, p...))
	return err
}

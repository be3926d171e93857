package socket

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Options say where to and how to dial.
type Options struct {
	URL      *url.URL    // http, https, ws or wss
	Header   http.Header // of the upgrade request
	Protocol string      // Sec-WebSocket-Protocol; the server must choose it
	// Dial makes the connection below; nil is TCP, from Source when that is set.
	Dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	Source netip.Addr
	// ReadBuffer bounds what the kernel keeps for a reader that does not read; 0 leaves it alone.
	ReadBuffer int
}

// Refused is an upgrade that the server answered otherwise.
type Refused struct {
	Status     int
	RetryAfter time.Duration // 0: not said
	Body       string        // its beginning
}

// Busy reports whether the server takes no more now, but may later.
func (r *Refused) Busy() bool {
	return r.Status == http.StatusServiceUnavailable || r.Status == http.StatusTooManyRequests
}

func (r *Refused) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the upgrade was answered %d %s %s", r.Status, http.StatusText(r.Status), r.Body))
}

// Dial connects and upgrades. The error is a *Refused when the server answered but did not upgrade.
func Dial(ctx context.Context, o Options) (_ *Conn, err error) {
	nc, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			nc.Close()
		}
	}()
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
	rest, err := upgrade(nc, o)
	if !stop() {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	return newConn(nc, rest), nil
}

func connect(ctx context.Context, o Options) (net.Conn, error) {
	dial := o.Dial
	if dial == nil {
		dial = dialer(o).DialContext
	}
	secure := o.URL.Scheme == "https" || o.URL.Scheme == "wss"
	port := o.URL.Port()
	if port == "" && secure {
		port = "443"
	} else if port == "" {
		port = "80"
	}
	nc, err := dial(ctx, "tcp", net.JoinHostPort(o.URL.Hostname(), port))
	if err != nil || !secure {
		return nc, err
	}
	tc := tls.Client(nc, &tls.Config{ServerName: o.URL.Hostname(), MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return tc, nil
}

func dialer(o Options) *net.Dialer {
	d := new(net.Dialer)
	if o.Source.IsValid() {
		d.LocalAddr = &net.TCPAddr{IP: o.Source.AsSlice()}
	}
	if o.ReadBuffer > 0 {
		d.Control = func(_, _ string, raw syscall.RawConn) error { return boundReads(raw, o.ReadBuffer) }
	}
	return d
}

// upgrade does the opening handshake (RFC 6455, 4.1) and returns what had come behind the answer.
func upgrade(nc net.Conn, o Options) ([]byte, error) {
	nonce := make([]byte, 16)
	rand.Read(nonce)
	key := base64.StdEncoding.EncodeToString(nonce)
	req := &http.Request{Method: http.MethodGet, URL: o.URL, Host: o.URL.Host, ProtoMajor: 1, ProtoMinor: 1, Header: o.Header.Clone()}
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	req.Header.Set("Sec-WebSocket-Version", "13")
	req.Header.Set("Sec-WebSocket-Key", key)
	req.Header.Set("Sec-WebSocket-Protocol", o.Protocol)
	if err := req.Write(nc); err != nil {
		return nil, err
	}
	br := bufio.NewReaderSize(nc, 1<<10)
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		return nil, fmt.Errorf("reading the answer to the upgrade: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
		after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return nil, &Refused{Status: resp.StatusCode, RetryAfter: time.Duration(after) * time.Second, Body: string(body)}
	}
	if resp.Header.Get("Sec-WebSocket-Accept") != acceptOf(key) {
		return nil, errors.New("the answer to the upgrade has the wrong Sec-WebSocket-Accept")
	}
	if got := resp.Header.Get("Sec-WebSocket-Protocol"); got != o.Protocol {
		return nil, fmt.Errorf("the server chose the protocol %q, not %q", got, o.Protocol)
	}
	rest, _ := br.Peek(br.Buffered())
	return rest, nil
}

// acceptOf is the answer to a key (RFC 6455, 4.2.2, 5.4).
func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

package server_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/gateway/rest"
	"github.com/chatctl/chatctl/server/servertest"
)

// from is an HTTP client whose connections come from an address of this machine's own.
func from(addr string) *http.Client {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}}
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		return d.DialContext(ctx, network, to)
	}}}
}

func TestBehindAProxyEachClientHasItsOwnLimit(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{Limits: true, Change: func(c *server.Config) {
		c.Proxies = rest.Proxies{Nets: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}
	}})
	to, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(to) // appends to X-Forwarded-For
	forward.Transport = from("127.0.0.2").Transport
	proxy := httptest.NewServer(forward)
	defer proxy.Close()
	limited := func(c *http.Client, base, claim string) bool {
		req, err := http.NewRequestWithContext(t.Context(), "POST", base+"/v1/accounts/resend", strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if claim != "" {
			req.Header.Set("X-Forwarded-For", claim)
		}
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusTooManyRequests
	}
	loud, quiet := from("127.0.0.3"), from("127.0.0.4")
	tries := 0 // what one may do at once
	for ; !limited(loud, proxy.URL, ""); tries++ {
		if tries > 500 {
			t.Fatal("no limit was met")
		}
	}
	if limited(quiet, proxy.URL, "") {
		t.Error("another client of the proxy is limited, too")
	}
	still := func(base, claim string) bool { // limited, but for what time has given back meanwhile
		for range tries / 2 {
			if limited(loud, base, claim) {
				return true
			}
		}
		return false
	}
	if !still(proxy.URL, "198.51.100.7") {
		t.Error("an address that the client made up was believed")
	}
	if !still(srv.URL(), "198.51.100.8") {
		t.Error("who is no proxy was believed")
	}
}

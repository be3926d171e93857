package rest

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

var proxies = Proxies{Nets: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}

func TestAnAddressIsTakenOnlyFromATrustedProxy(t *testing.T) {
	for _, c := range []struct{ header, peer, xff, forwarded, want string }{
		{"", "192.0.2.1:5", "198.51.100.7", "for=198.51.100.8", "192.0.2.1"}, // a stranger's word
		{"", "10.0.0.1:5", "", "", "10.0.0.1"},
		{"", "10.0.0.1:5", "198.51.100.7", "", "198.51.100.7"},
		{"", "10.0.0.1:5", "198.51.100.7", "for=203.0.113.9", "198.51.100.7"}, // the other header is the client's
		{"", "10.0.0.1:5", "203.0.113.9, 198.51.100.7", "", "198.51.100.7"},   // made up by the client, told by the proxy
		{"", "10.0.0.1:5", "198.51.100.7, 10.0.0.2", "", "198.51.100.7"},      // two proxies
		{"", "10.0.0.1:5", "198.51.100.7|10.0.0.2", "", "198.51.100.7"},       // in two lines
		{"", "10.0.0.1:5", "198.51.100.7, nonsense, 10.0.0.2", "", "10.0.0.2"},
		{"", "10.0.0.1:5", "10.0.0.3, 10.0.0.2", "", "10.0.0.3"},
		{"", "10.0.0.1:5", "198.51.100.7:4711", "", "198.51.100.7"},
		{"", "10.0.0.1:5", "2001:db8::1", "", "2001:db8::1"},
		{"", "10.0.0.1:5", "[2001:db8::1]:4711", "", "2001:db8::1"},
		{"", "10.0.0.1:5", "::ffff:198.51.100.7", "", "198.51.100.7"},
		{"", "[fd00::1]:5", "198.51.100.7", "", "198.51.100.7"},
		{"Forwarded", "10.0.0.1:5", "203.0.113.9", "for=198.51.100.7", "198.51.100.7"},
		{"Forwarded", "10.0.0.1:5", "203.0.113.9", "", "10.0.0.1"},
		{"Forwarded", "10.0.0.1:5", "", `For="[2001:db8::1]:4711";proto=https`, "2001:db8::1"},
		{"Forwarded", "10.0.0.1:5", "", `for=203.0.113.9, for="198.51.100.7"; by="x,for=192.0.2.3;"`, "198.51.100.7"},
		{"Forwarded", "10.0.0.1:5", "", `for=198.51.100.7, for=_hidden, for=10.0.0.2`, "10.0.0.2"},
		{"Forwarded", "10.0.0.1:5", "", `for=198.51.100.7, for=unknown`, "10.0.0.1"},
		{"Forwarded", "10.0.0.1:5", "", `proto=https`, "10.0.0.1"},
	} {
		p := proxies
		p.Header = c.header
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		if c.xff != "" {
			r.Header["X-Forwarded-For"] = strings.Split(c.xff, "|")
		}
		if c.forwarded != "" {
			r.Header.Set("Forwarded", c.forwarded)
		}
		if got := p.address(r); got.String() != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// FuzzForwarded: whatever a header says, an untrusted peer is who it is, and a
// trusted one's header gives an address or nothing.
func FuzzForwarded(f *testing.F) {
	f.Add("for=198.51.100.7", "198.51.100.7")
	f.Add(`for="[::1`, "[::1]:")
	f.Add(`for="\"`, ",,")
	f.Fuzz(func(t *testing.T, forwarded, xff string) {
		for _, header := range []string{"", "Forwarded"} {
			p := proxies
			p.Header = header
			r := &http.Request{RemoteAddr: "192.0.2.1:5", Header: http.Header{"X-Forwarded-For": {xff}, "Forwarded": {forwarded}}}
			if got := p.address(r); got.String() != "192.0.2.1" {
				t.Errorf("a stranger is %v", got)
			}
			r.RemoteAddr = "10.0.0.1:5"
			if got := p.address(r); !got.IsValid() || got.Zone() != "" {
				t.Errorf("behind a proxy comes %v", got)
			}
		}
	})
}

package rest

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are whose word is taken about the address of a client.
type Proxies struct {
	// Nets are the proxies' own addresses. Nobody else's header is read.
	Nets []netip.Prefix
	// Header is the one that they set: Forwarded (RFC 7239), else X-Forwarded-For.
	// The other one is not read: a proxy passes on what a client made up in it.
	Header string
}

// address is who a request comes from: the peer of the connection, or, where
// that is a trusted proxy, the last address in its header that is none.
func (p Proxies) address(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at, _ := netip.ParseAddr(host)
	at = at.Unmap().WithZone("")
	if !p.trusted(at) {
		return at
	}
	hops := forwardedFor(r.Header.Values("X-Forwarded-For"))
	if strings.EqualFold(p.Header, "Forwarded") {
		hops = forwarded(r.Header.Values("Forwarded"))
	}
	for _, hop := range slices.Backward(hops) {
		next, ok := node(hop)
		if !ok {
			return at // "unknown", a made-up name: the one who wrote it is all that is known
		}
		if at = next; !p.trusted(at) {
			return at
		}
	}
	return at
}

func (p Proxies) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(p.Nets, func(n netip.Prefix) bool { return n.Contains(a) })
}

// forwardedFor is every hop, the nearest last.
func forwardedFor(lines []string) (hops []string) {
	for _, line := range lines {
		for hop := range strings.SplitSeq(line, ",") {
			hops = append(hops, strings.TrimSpace(hop))
		}
	}
	return hops
}

// forwarded is the for of every element (RFC 7239, 4), the nearest last; empty where there is none.
func forwarded(lines []string) (hops []string) {
	for _, line := range lines {
		for _, element := range outsideQuotes(line, ',') {
			hop := ""
			for _, pair := range outsideQuotes(element, ';') {
				if name, value, _ := strings.Cut(pair, "="); strings.EqualFold(strings.TrimSpace(name), "for") {
					hop = strings.Trim(strings.TrimSpace(value), `"`)
				}
			}
			hops = append(hops, hop)
		}
	}
	return hops
}

// outsideQuotes splits s at each sep that is in no quoted string (RFC 9110, 5.6.4).
func outsideQuotes(s string, sep byte) (parts []string) {
	from, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == sep && !quoted:
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	return append(parts, s[from:])
}

// node reads an address with or without a port (RFC 7239, 6).
func node(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

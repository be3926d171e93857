package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/go-json-experiment/json"
)

func TestARefusedHandshakeIsAProblem(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{Origins: []string{"*.example.org", "https://one.example.net"}})
	token := srv.Person("ada").Token
	for name, c := range map[string]struct {
		request string
		status  int
		code    string
	}{
		"a page of elsewhere":         {handshake(token, "Origin: https://evil.example"), 403, "forbidden"},
		"a page without an origin":    {handshake(token, "Origin: null"), 403, "forbidden"},
		"a page of elsewhere, before": {handshake("", "Origin: https://evil.example"), 403, "forbidden"},
		"an origin that is no URL":    {handshake(token, "Origin: %zz"), 403, "forbidden"},
		"an origin's longer name":     {handshake(token, "Origin: https://example.org.evil.example"), 403, "forbidden"},
		"an origin with a user":       {handshake(token, "Origin: https://chat.test@evil.example"), 403, "forbidden"},
		"another scheme":              {handshake(token, "Origin: http://one.example.net"), 403, "forbidden"},
		"an allowed pattern":          {handshake(token, "Origin: https://chat.example.org"), 101, ""},
		"an allowed origin":           {handshake(token, "Origin: https://one.example.net"), 101, ""},
		"the server's own page":       {handshake(token, "Origin: http://chat.test"), 101, ""},
		"no page":                     {handshake(token), 101, ""},
		"another version":             {handshake(token, "Sec-WebSocket-Version: 8"), 400, "invalid"},
		"no version":                  {handshake(token, "Sec-WebSocket-Version:"), 400, "invalid"},
		"no key":                      {handshake(token, "Sec-WebSocket-Key:"), 400, "invalid"},
		"two keys":                    {handshake(token, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400, "invalid"},
		"a short key":                 {handshake(token, "Sec-WebSocket-Key: eA=="), 400, "invalid"},
		"no subprotocol":              {handshake(token, "Sec-WebSocket-Protocol:"), 426, "upgrade_required"},
		"another subprotocol":         {handshake(token, "Sec-WebSocket-Protocol: chatctl.v2"), 426, "upgrade_required"},
		"no upgrade":                  {handshake(token, "Upgrade:"), 426, "upgrade_required"},
		"an upgrade to HTTP/2":        {handshake(token, "Upgrade: h2c"), 426, "upgrade_required"},
		"no connection header":        {handshake(token, "Connection:"), 426, "upgrade_required"},
		"HTTP/1.0":                    {strings.Replace(handshake(token), "HTTP/1.1", "HTTP/1.0", 1), 426, "upgrade_required"},
		"POST":                        {strings.Replace(handshake(token), "GET", "POST", 1), 405, "method_not_allowed"},
		"a wrong token":               {handshake("chatctl_" + strings.Repeat("x", 43)), 401, "signed_out"},
		"another scheme of tokens":    {handshake("", "Authorization: Basic YTpi"), 401, "signed_out"},
		"a scheme in small letters":   {handshake("", "Authorization: bearer "+token), 101, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := dialRaw(t, srv)
			s.write(c.request)
			resp, b := s.answer()
			var p api.Problem
			switch {
			case resp.StatusCode != c.status:
				t.Fatalf("status %d, not %d: %s", resp.StatusCode, c.status, b)
			case c.status == http.StatusSwitchingProtocols:
				s.next(api.FrameHello)
				return
			case resp.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(b, &p) != nil || p.Code != c.code || p.Status != c.status:
				t.Fatalf("%s: %q", resp.Header.Get("Content-Type"), b)
			}
			for header, with := range map[string]int{"Allow": 405, "Upgrade": 426, "Www-Authenticate": 401} {
				if has := resp.Header.Get(header) != ""; has != (c.status == with) {
					t.Errorf("status %d: %s: %q", c.status, header, resp.Header.Get(header))
				}
			}
		})
	}
}

func TestAnUpgradeIsNeverCompressed(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	s := dialRaw(t, srv)
	s.write(handshake(srv.Person("ada").Token, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"))
	if resp, _ := s.answer(); resp.StatusCode != 101 || resp.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Errorf("status %d, extensions %q", resp.StatusCode, resp.Header.Get("Sec-Websocket-Extensions"))
	}
}

// A token counts in the Authorization header, and nowhere else.
func TestATokenInTheQueryOrACookieIsNoSignIn(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	token := srv.Person("ada").Token
	s := dialRaw(t, srv)
	for _, query := range []string{"?token=" + token, "?access_token=" + token, "?ticket=" + token} {
		s.write("GET /v1/me" + query + " HTTP/1.1\r\nHost: x\r\nCookie: token=" + token + "; session=" + token + "\r\n\r\n")
		resp, b := s.answer()
		if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("Set-Cookie") != "" {
			t.Errorf("%.20s…: status %d: %s", query, resp.StatusCode, b)
		}
	}
	s.write(strings.Replace(handshake("", "Cookie: token="+token), "/v1/stream", "/v1/stream?token="+token, 1))
	if resp, b := s.answer(); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d: %s", resp.StatusCode, b)
	}
	s.write(text(`{"kind":"attach","ref":"a"}`))
	if f := s.next(api.FrameProblem); f.Problem.Code != "signed_out" || f.Ref != "a" {
		t.Errorf("a stream with its token in the query: %+v", f.Problem)
	}
}

// HEAD is GET without a body (RFC 9110, 9.3.2); what a path does not take, it names.
func TestEachPathNamesTheMethodsItTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, allow := range map[string]string{
		"/v1/sessions": "GET, HEAD, POST", "/v1/accounts": "POST", "/v1/me": "GET, HEAD, PUT, PATCH", "/v1/me/blocks/ada": "PUT, DELETE",
		"/v1/stream": "GET, HEAD", "/v1/conversations/x/marks": "PUT",
	} {
		for _, method := range []string{"OPTIONS", "PATCH", "TRACE", "BREW"} {
			if strings.Contains(allow, method) {
				continue
			}
			resp, answer := raw(t, w, method, path, "")
			mustBeRefused(t, method+" "+path, resp, answer)
			if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != allow {
				t.Errorf("%s %s: status %d, Allow: %q, not %q", method, path, resp.StatusCode, resp.Header.Get("Allow"), allow)
			}
		}
	}
	for path, want := range map[string]int{"/v1/me": 200, "/v1/conversations/" + w.group.String(): 200, "/v1/openapi.yaml": 200, "/v1/stream": 426, "/v1/nothing": 404} {
		resp, answer := raw(t, w, "HEAD", path, "")
		if resp.StatusCode != want || len(answer) != 0 {
			t.Errorf("HEAD %s: status %d, not %d, %d bytes", path, resp.StatusCode, want, len(answer))
		}
	}
}

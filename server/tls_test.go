package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history/record"
	"github.com/chatctl/chatctl/server/ops/keypair/keypairtest"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
)

// encrypted starts a server that serves TLS; renew gives it another certificate.
func encrypted(t *testing.T) (srv *servertest.Server, roots *x509.CertPool, renew func(serial int64)) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(keypairtest.Write(t, cert, key, 1))
	hangup := make(chan os.Signal)
	srv = servertest.Start(t, servertest.Options{Roots: roots, Hangup: hangup, Change: func(c *server.Config) {
		c.TLSCert, c.TLSKey = cert, key
	}})
	return srv, roots, func(serial int64) {
		roots.AppendCertsFromPEM(keypairtest.Write(t, cert, key, serial))
		hangup <- os.Interrupt // any signal
	}
}

func TestTheStreamIsServedOverTLSAndASlowReaderHoldsNobodyUp(t *testing.T) {
	srv, roots, _ := encrypted(t)
	if !strings.HasPrefix(srv.URL(), "https://") {
		t.Fatalf("it says that it serves %s", srv.URL())
	}
	people := srv.People("ada", "bob", "cyd")
	ada := people[0]
	room := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob", "cyd"}}).Conversation
	cyd := people[2].Connect()
	slow := dialSlowly(t, srv.URL(), people[1].Token, roots)
	const messages = 600
	body := strings.Repeat("x", 8000)
	last := int64(0)
	for range messages {
		last = ada.Must(api.Action{Type: api.SendMessage, Conversation: room, Text: body}).Seq
	}
	cyd.Next(func(f api.ServerFrame) bool { return f.Kind == api.FrameEntry && f.Event.Seq == last })
	if lagged := readUntilLagging(t, slow); !lagged {
		t.Error("who did not read 5 MB was neither told that it lags nor closed")
	}
}

// dialSlowly attaches a socket that reads nothing more, with a small buffer.
func dialSlowly(t *testing.T, url, token string, roots *x509.CertPool) *websocket.Conn {
	t.Helper()
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return c, c.(*net.TCPConn).SetReadBuffer(16 << 10)
	}
	ws, _, err := websocket.Dial(t.Context(), url+"/v1/stream", &websocket.DialOptions{
		HTTPClient:   &http.Client{Transport: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}}},
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + token}},
		Subprotocols: []string{"chatctl.v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(1 << 20)
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(`{"kind":"attach"}`)); err != nil {
		t.Fatal(err)
	}
	for {
		if f := readFrame(t, ws); f == nil || f.Kind == api.FrameLive {
			return ws
		}
	}
}

// readFrame is the next frame, which is whole, or nil when the server has closed.
func readFrame(t *testing.T, ws *websocket.Conn) *api.ServerFrame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, b, err := ws.Read(ctx)
	if err != nil {
		if ctx.Err() != nil {
			t.Fatal("the server says nothing more")
		}
		return nil
	}
	f, err := api.DecodeTolerant[api.ServerFrame](b)
	if err != nil {
		t.Fatalf("%v in a frame of %d bytes", err, len(b))
	}
	return &f
}

// readUntilLagging reads frames in order until the notice, or the end that a stalled connection meets.
func readUntilLagging(t *testing.T, ws *websocket.Conn) bool {
	t.Helper()
	for seq := int64(0); ; {
		f := readFrame(t, ws)
		switch {
		case f == nil, f.Kind == api.FrameLagging:
			return true
		case f.Kind != api.FrameEntry:
		case f.Event.Seq <= seq:
			t.Fatalf("entry %d after %d", f.Event.Seq, seq)
		default:
			seq = f.Event.Seq
			if seq > 600 {
				return false
			}
		}
	}
}

func TestARenewedCertificateIsServedAndNoConnectionIsLost(t *testing.T) {
	srv, roots, renew := encrypted(t)
	people := srv.People("ada", "bob")
	people[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	ear := people[1].Connect()
	renew(2)
	var served int64
	patient, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if !record.Until(patient, func() bool {
		c, err := tls.Dial("tcp", strings.TrimPrefix(srv.URL(), "https://"), &tls.Config{RootCAs: roots})
		if err != nil {
			t.Fatal(err)
		}
		served = c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
		c.Close()
		return served == 2
	}) {
		t.Fatalf("serves certificate %d, not 2", served)
	}
	id := people[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "still there?"}).Action
	ear.Next(func(f api.ServerFrame) bool { return f.Kind == api.FrameEntry && f.Event.Action == id })
}

func TestReadyzTellsHowItIsEncrypted(t *testing.T) {
	for want, change := range map[string]func(*server.Config){
		"loopback only": func(*server.Config) {},
		"--insecure":    func(c *server.Config) { c.Listen, c.Insecure = "0.0.0.0:0", true },
	} {
		srv := servertest.Start(t, servertest.Options{Change: change})
		resp, err := http.Get(srv.URL() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		var is struct {
			Checks []struct {
				Name string `json:"name"`
				Note string `json:"note"`
			} `json:"checks"`
		}
		err = json.UnmarshalRead(resp.Body, &is)
		resp.Body.Close()
		said := false
		for _, c := range is.Checks {
			said = said || c.Name == "encryption" && strings.Contains(c.Note, want)
		}
		if err != nil || resp.StatusCode != 200 || !said {
			t.Errorf("status %d, %+v, %v; want a note with %q", resp.StatusCode, is, err, want)
		}
	}
	for _, c := range []server.Config{{Listen: "0.0.0.0:0"}, {Listen: "[::]:0"}, {Listen: "127.0.0.1:0", TLSCert: "x"}, {Listen: strconv.Itoa(8420)}} {
		if c.Check() == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

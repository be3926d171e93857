package gateway_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
)

// badBodies are bodies that no route takes. good is a whole valid body of the route.
func badBodies(good string) map[string]string {
	inside := strings.TrimSuffix(strings.TrimPrefix(good, "{"), "}")
	first, _, _ := strings.Cut(inside, ":")
	return map[string]string{
		"empty":              "",
		"no JSON":            "hello",
		"cut short":          good[:len(good)-1],
		"null":               "null",
		"a list":             "[" + good + "]",
		"a string":           `"x"`,
		"a number":           "1e400",
		"trailing data":      good + "{}",
		"trailing comma":     "{" + inside + ",}",
		"unknown field":      "{" + inside + `,"surprise":1}`,
		"duplicate name":     "{" + inside + "," + inside + "}",
		"other case":         "{" + strings.ToUpper(first) + `:"x"}`,
		"bad UTF-8":          strings.Replace(good, `"`+`:`, "\xff"+`":`, 1),
		"lone surrogate":     "{" + first + `:"\ud800"}`,
		"NUL":                "{" + first + `:"` + "\x00" + `"}`,
		"escaped NUL":        "{" + first + `:"a\u0000b"}`,
		"wrong type":         "{" + first + ":{}}",
		"wrong type, list":   "{" + first + ":[[]]}",
		"deep":               strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200),
		"deep inside":        "{" + first + ":" + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}",
		"comment":            "/* x */" + good,
		"byte order mark":    "\ufeff" + good,
		"single quotes":      strings.ReplaceAll(good, `"`, "'"),
		"escape sequence":    "{" + first + `:"\u001b[2J"}`,
		"bidi override":      "{" + first + `:"\u202eevil"}`,
		"tag characters":     "{" + first + `:"` + "\U000e0041" + `"}`,
		"far too long":       "{" + first + `:"` + strings.Repeat("x", 70_000) + `"}`,
		"longer than a text": "{" + first + `:"` + strings.Repeat("x", 9_000) + `"}`,
	}
}

func TestBadBodiesAreRefusedAndNeverRelayed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	listener := w.member.Connect()
	before := w.member.Whole(w.group)
	routes := []struct{ method, path, good string }{
		{"POST", "/v1/accounts", `{"handle":"someone","email":"someone@example.org","password":"correct horse"}`},
		{"POST", "/v1/accounts/verify", `{"email":"someone@example.org","code":"12345678"}`},
		{"POST", "/v1/accounts/resend", `{"email":"someone@example.org"}`},
		{"POST", "/v1/sessions", `{"handle":"someone","password":"wrong password"}`},
		{"POST", "/v1/conversations", `{"name":"a","members":["member"]}`},
		{"POST", "/v1/conversations/" + w.group.String() + "/members", `{"to":"stranger"}`},
		{"POST", "/v1/conversations/" + w.group.String() + "/messages", `{"text":"a","reply_to":1}`},
		{"PUT", "/v1/conversations/" + w.group.String() + "/marks", `{"read":1}`},
		{"PATCH", "/v1/conversations/" + w.group.String(), `{"name":"a"}`},
		{"PATCH", "/v1/conversations/" + w.group.String() + "/members/" + api.NewMemberID().String(), `{"role":"admin"}`},
		{"PATCH", "/v1/conversations/" + w.group.String() + "/messages/2", `{"text":"a"}`},
		{"POST", "/v1/conversations/" + w.group.String() + "/messages/2/report", `{"text":"a"}`},
		{"POST", "/v1/direct/member/messages", `{"text":"a"}`},
		{"POST", "/v1/loadtest/people", `{"count":1}`},
	}
	cases := 0
	for _, r := range routes {
		for name, body := range badBodies(r.good) {
			cases++
			resp, answer := raw(t, w, r.method, r.path, body, "Content-Type", "application/json", "Prefer", "wait=20")
			mustBeRefused(t, r.method+" "+r.path+": "+name, resp, answer)
		}
		for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json;charset"} {
			cases++
			resp, answer := raw(t, w, r.method, r.path, r.good, "Content-Type", contentType)
			if r.path != "/v1/loadtest/people" { // refused for its right first
				mustBeRefused(t, r.path+": content type "+contentType, resp, answer)
			}
		}
	}
	if cases < 300 {
		t.Errorf("only %d cases", cases)
	}
	nothingWasRelayed(t, w, listener, before)
}

func TestBadPathsQueriesAndHeadersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	conv := "/v1/conversations/" + w.group.String()
	long := strings.Repeat("x", 5000)
	paths := []string{
		"/", "/v1", "/v2/me", "/v1/me/", "/v1/conversations/x", "/v1/conversations/" + long, "/v1/conversations/%00",
		"/v1/conversations/{" + w.group.String() + "}", "/v1/conversations/urn:uuid:" + w.group.String(),
		conv + "/messages?limit=0", conv + "/messages?limit=-1", conv + "/messages?limit=101", conv + "/messages?limit=a",
		conv + "/messages?before=-1", conv + "/messages?before=0", conv + "/messages?before=1&after=1", conv + "/messages?before=99999999999999999999",
		conv + "/entries?after=-1", conv + "/entries?to=-1", conv + "/entries?after=9007199254740992", conv + "/entries?limit=1e3",
		conv + "/messages?limit=+1", conv + "/messages?limit=1&limit=1", conv + "/messages?after=", conv + "/messages?surprise=1", "/v1/me?x=1",
		conv + "/messages?after=%zz", conv + "/members?after=x", conv + "/members?limit=0", "/v1/conversations?after=x", "/v1/conversations?limit=9999",
		"/v1/me/changes?after=x", "/v1/me/changes?after=-1", "/v1/me/blocks?after=%1b", "/v1/actions/x", "/v1/actions/" + long,
		"/v1/direct/UPPER", "/v1/direct/ab", "/v1/direct/" + long, "/v1/direct/%F0%9F%98%80xyz", "/v1/direct/a%20b",
	}
	for _, p := range paths {
		resp, answer := raw(t, w, "GET", p, "")
		mustBeRefused(t, "GET "+p, resp, answer)
	}
	for _, method := range []string{"PATCH", "TRACE", "HEAD", "OPTIONS", "BREW"} {
		resp, answer := raw(t, w, method, "/v1/sessions", "")
		if method != "HEAD" { // the standard library serves it where there is a GET
			mustBeRefused(t, method, resp, answer)
		}
	}
	headers := [][2]string{
		{"Authorization", "Bearer"}, {"Authorization", "Basic b3duZXI6eA=="}, {"Authorization", "Bearer " + long},
		{"Authorization", "Bearer \x80\x81"}, {"Authorization", "bearer chatctl_x"},
		{"Idempotency-Key", long}, {"Idempotency-Key", api.ActionID{}.String()}, {"Prefer", "wait=x"}, {"Prefer", "wait=-1"}, {"Content-Encoding", "gzip"},
	}
	for _, h := range headers {
		resp, answer := raw(t, w, "POST", conv+"/messages", `{"text":"a"}`, "Content-Type", "application/json", h[0], h[1])
		mustBeRefused(t, h[0]+": "+h[1], resp, answer)
	}
	for name, value := range map[string]string{"Idempotency-Key": "a", "Content-Type": "application/json"} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.srv.URL()+conv+"/messages", strings.NewReader(`{"text":"a"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": {"Bearer " + w.owner.Token}, "Content-Type": {"application/json"}}
		req.Header[name] = []string{value, value}
		resp, answer := do(t, req)
		mustBeRefused(t, name+" twice", resp, answer)
	}
}

// raw makes a request as w's owner; headers later in the list win.
func raw(t *testing.T, w *world, method, path, body string, header ...string) (*http.Response, []byte) {
	t.Helper()
	return rawAt(t, w.srv.URL(), method, path, body, append([]string{"Authorization", "Bearer " + w.owner.Token}, header...)...)
}

func rawAt(t *testing.T, url, method, path, body string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, b
}

// mustBeRefused wants a problem of the closed list that is the client's fault.
func mustBeRefused(t *testing.T, what string, resp *http.Response, answer []byte) {
	t.Helper()
	var p api.Problem
	if resp.StatusCode < 400 || resp.StatusCode >= 500 {
		t.Errorf("%s: status %d: %s", what, resp.StatusCode, answer)
	} else if resp.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(answer, &p) != nil || api.Problems()[p.Code] != resp.StatusCode {
		t.Errorf("%s: status %d without a problem of the list: %q", what, resp.StatusCode, answer)
	}
}

// nothingWasRelayed holds that the group's log is as before but for a last good message.
func nothingWasRelayed(t *testing.T, w *world, listener *servertest.Socket, before api.Page) {
	t.Helper()
	last := w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: "the last one"})
	if got := w.member.Whole(w.group); len(got.Entries) != len(before.Entries)+1 {
		t.Errorf("the log has %d entries, not %d", len(got.Entries), len(before.Entries)+1)
	}
	if f := listener.Kind(api.FrameEntry); f.Event.Action != last.Action {
		t.Errorf("%s was relayed: %s", f.Event.Action, f.Event.Body)
	}
}

func badFrames(group string) []string {
	id := api.NewActionID().String()
	send := func(fields string) string { return `{"kind":"action","action":{"id":"` + id + `",` + fields + `}}` }
	frames := []string{
		"", "x", "null", "[]", "1", `"attach"`, "{}", `{"kind":""}`, `{"kind":"nothing"}`, `{"kind":1}`, `{"Kind":"attach"}`,
		`{"kind":"attach","kind":"attach"}`, `{"kind":"attach"}{}`, `{"kind":"attach","x":1}`, `{"kind":"attach","ref":1}`,
		`{"kind":"attach","ref":"` + strings.Repeat("r", 65) + `"}`, `{"kind":"attach","cursor":"` + strings.Repeat("c", 5000) + `"}`,
		`{"kind":"attach","conversation":"` + group + `"}`, `{"kind":"ping","after":1}`, `{"kind":"hello"}`, `{"kind":"entry"}`,
		`{"kind":"authenticate","ticket":"x"}`, `{"kind":"pull"}`, `{"kind":"pull","conversation":"x"}`,
		`{"kind":"pull","conversation":"` + group + `","after":-1}`, `{"kind":"pull","conversation":"` + group + `","after":1.5}`,
		`{"kind":"pull","conversation":"` + group + `","to":9007199254740992}`, `{"kind":"pull","conversation":"` + api.NewConversationID().String() + `"}`,
		`{"kind":"mark","conversation":"` + group + `"}`, `{"kind":"mark","conversation":"` + group + `","read":-1}`,
		`{"kind":"typing"}`, `{"kind":"typing","conversation":"x"}`, `{"kind":"typing","conversation":"` + group + `","read":1}`,
		`{"kind":"is_typing","conversation":"` + group + `"}`, `{"kind":"presence.watch","handles":"member"}`, `{"kind":"presence.watch","handles":["No Handle"]}`,
		`{"kind":"presence.watch","handles":[` + strings.TrimSuffix(strings.Repeat(`"abc",`, 201), ",") + `]}`, `{"kind":"ping","handles":["member"]}`,
		`{"kind":"mark","read":1}`, `{"kind":"action"}`, `{"kind":"action","action":null}`, `{"kind":"action","action":{}}`,
		`{"kind":"action","action":{"type":"message.send","conversation":"` + group + `","text":"no id"}}`,
		send(`"type":"x"`), send(`"type":"held.retry"`), send(`"type":"held.drop"`), send(`"type":"message.send"`),
		send(`"type":"message.send","text":"a"`), send(`"type":"message.send","to":"member","conversation":"` + group + `","text":"a"`),
		send(`"type":"message.send","conversation":"` + group + `"`), send(`"type":"message.send","conversation":"` + group + `","text":""`),
		send(`"type":"message.send","conversation":"` + group + `","text":" \n "`),
		send(`"type":"message.send","conversation":"` + group + `","text":"\u001b]0;x\u0007"`),
		send(`"type":"message.send","conversation":"` + group + `","text":"\u202e"`), send(`"type":"message.send","conversation":"` + group + `","text":"\u0085"`),
		send(`"type":"message.send","conversation":"` + group + `","text":"a\tb"`), send(`"type":"message.send","conversation":"` + group + `","text":"` + strings.Repeat("x", 8193) + `"`),
		send(`"type":"message.send","conversation":"` + group + `","text":"a","reply_to":-1`), send(`"type":"message.send","conversation":"` + group + `","text":"a","member":"` + id + `"`),
		send(`"type":"message.send","conversation":"` + group + `","text":"a","sender":"` + id + `"`), send(`"type":"message.send","to":"No Handle","text":"a"`),
		send(`"type":"group.create"`), send(`"type":"group.create","name":""`), send(`"type":"group.create","name":"a\nb"`),
		send(`"type":"group.create","name":"` + strings.Repeat("n", 101) + `"`), send(`"type":"group.create","name":"a","history":"x"`),
		send(`"type":"group.create","name":"a","members":["X"]`), send(`"type":"group.create","name":"a","members":"x"`),
		send(`"type":"group.create","name":"a","conversation":"` + group + `"`), send(`"type":"group.create","name":"e\u0301"`),
		send(`"type":"group.create","name":"a","members":[` + strings.TrimSuffix(strings.Repeat(`"abc",`, 101), ",") + `]`),
		send(`"type":"member.add","conversation":"` + group + `"`), send(`"type":"member.add","to":"member"`),
		send(`"type":"member.remove","conversation":"` + group + `"`), send(`"type":"member.remove","conversation":"` + group + `","member":"x"`),
		send(`"type":"message.edit","conversation":"` + group + `","target":2`), send(`"type":"message.edit","conversation":"` + group + `","text":"a"`),
		send(`"type":"message.edit","target":2,"text":"a"`), send(`"type":"message.edit","conversation":"` + group + `","target":2,"text":"\u0007"`),
		send(`"type":"message.edit","to":"member","target":2,"text":"a"`), send(`"type":"message.delete","conversation":"` + group + `"`),
		send(`"type":"message.delete","conversation":"` + group + `","target":-1`), send(`"type":"message.delete","conversation":"` + group + `","target":9007199254740992`),
		send(`"type":"message.delete","conversation":"` + group + `","target":1,"text":"a"`), send(`"type":"message.report","target":1`),
		send(`"type":"message.report","conversation":"` + group + `","target":1,"text":"\u001b"`), send(`"type":"report.close","conversation":"` + group + `"`),
		send(`"type":"group.rename","conversation":"` + group + `"`), send(`"type":"group.rename","conversation":"` + group + `","name":"\u202e"`),
		send(`"type":"member.role","conversation":"` + group + `","member":"` + id + `"`), send(`"type":"member.role","conversation":"` + group + `","role":"admin"`),
		send(`"type":"member.role","conversation":"` + group + `","member":"` + id + `","role":"king"`), send(`"type":"message.send","conversation":"` + group + `","text":"a","target":1`),
		send(`"type":"member.leave"`), send(`"type":"member.leave","conversation":"` + group + `","to":"member"`),
		send(`"type":"block.set"`), send(`"type":"block.set","conversation":"` + group + `"`), send(`"type":"block.clear","to":""`),
		strings.Repeat(`{"kind":`, 100) + "1" + strings.Repeat("}", 100), `{"kind":"ping","ref":"\ud800"}`, `{"kind":"ping",}`,
	}
	return frames
}

func TestBadFramesAreRefusedAndNeverRelayed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	listener := w.member.Connect()
	before := w.member.Whole(w.group)
	s := w.owner.Connect()
	for _, f := range badFrames(w.group.String()) {
		if err := s.SendRaw([]byte(f)); err != nil {
			t.Fatalf("%.60s: the stream ended: %v", f, err)
		}
		if got := s.Kind(api.FrameProblem); got.Problem.Status >= 500 || api.Problems()[got.Problem.Code] != got.Problem.Status {
			t.Errorf("%.60s: %+v", f, got.Problem)
		}
	}
	nothingWasRelayed(t, w, listener, before)
}

// Frames that are no text of at most 64 KiB of UTF-8 end the stream with a code that says why.
func TestFramesThatEndTheStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name string
		kind websocket.MessageType
		data []byte
		want []websocket.StatusCode
	}{
		{"binary", websocket.MessageBinary, []byte(`{"kind":"ping"}`), []websocket.StatusCode{1002, 1003}},
		{"bad UTF-8", websocket.MessageText, []byte("{\"kind\":\"ping\",\"ref\":\"\xff\"}"), []websocket.StatusCode{1007}},
		{"too big", websocket.MessageText, bytes.Repeat([]byte("x"), api.MaxFrame+1), []websocket.StatusCode{1009}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.srv.URL(), "http")+"/v1/stream", &websocket.DialOptions{
				HTTPHeader: http.Header{"Authorization": {"Bearer " + w.owner.Token}}, Subprotocols: []string{"chatctl.v1"},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer ws.CloseNow() //nolint:errcheck // ended by the server
			if err := ws.Write(ctx, c.kind, c.data); err != nil {
				t.Fatal(err)
			}
			for {
				if _, _, err = ws.Read(ctx); err != nil {
					break
				}
			}
			for _, code := range c.want {
				if websocket.CloseStatus(err) == code {
					return
				}
			}
			t.Errorf("closed with %v, not %v: %v", websocket.CloseStatus(err), c.want, err)
		})
	}
}

package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestOneActionIsOneTraceFromTheGatewayToThePush(t *testing.T) {
	var mu sync.Mutex
	var spans []*trace.Span
	collect := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		var in collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(b, &in)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range in.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				spans = append(spans, scope.Spans...)
			}
		}
	}))
	defer collect.Close()
	srv := servertest.Start(t, servertest.Options{Change: func(c *server.Config) { c.OTLP = collect.URL }})
	people := srv.People("ada", "bob")
	people[0].Connect()
	people[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "a secret"})
	if err := srv.Stop(); err != nil { // sends what waits
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	i := slices.IndexFunc(spans, func(s *trace.Span) bool { return s.Name == "gateway accept message.send" })
	if i < 0 {
		t.Fatalf("no trace began: %v", spans)
	}
	root := spans[i]
	for _, name := range []string{"log publish", "chat decide", "gateway push"} {
		n := 0
		for _, s := range spans {
			if s.Name == name && string(s.TraceId) == string(root.TraceId) && string(s.ParentSpanId) == string(root.SpanId) && s.EndTimeUnixNano >= s.StartTimeUnixNano {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d spans %q in the trace", n, name)
		}
	}
	for _, c := range []server.Config{{Listen: "127.0.0.1:0", OTLP: "collector:4318"}, {Listen: "127.0.0.1:0", OTLP: "ftp://x"}} {
		if c.Check() == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestACollectorThatIsAwayHoldsNothingUp(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{Change: func(c *server.Config) { c.OTLP = "http://127.0.0.1:1" }})
	people := srv.People("ada", "bob")
	people[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}
}

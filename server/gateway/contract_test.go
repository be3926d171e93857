package gateway_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-json-experiment/json"
	"go.yaml.in/yaml/v4"
)

// documents are the two documents of the wire, to hold answers and frames against.
type documents struct {
	openapi *openapi3.T
	frames  map[string]*openapi3.Schema // by kind

	mu   sync.Mutex
	seen map[string]int // frames, by kind
	bad  []string
}

// readDocuments reads the documents as the server serves them. What they leave
// open for a client that is older than the server is closed here: a field that
// is not described is a mistake.
func readDocuments(t *testing.T) *documents {
	t.Helper()
	d := readOpenAPI(t, api.OpenAPI)
	doc := d.openapi
	var async struct {
		Components struct {
			Messages map[string]struct{ Payload map[string]any }
			Schemas  map[string]any
		}
	}
	if err := yaml.Unmarshal([]byte(api.AsyncAPI), &async); err != nil {
		t.Fatal(err)
	}
	for kind, m := range async.Components.Messages {
		resolve(m.Payload, async.Components.Schemas)
		b, err := json.Marshal(m.Payload)
		if err != nil {
			t.Fatal(err)
		}
		s := &openapi3.Schema{}
		if err := s.UnmarshalJSON(b); err != nil {
			t.Fatalf("the payload of %s: %v", kind, err)
		}
		s.AdditionalProperties = openapi3.AdditionalProperties{Has: new(bool)}
		// What the summary refers to OpenAPI for.
		for field, of := range map[string]string{"head": "Head", "event": "Entry", "page": "Page", "result": "Result", "problem": "Problem"} {
			if _, ok := s.Properties[field]; ok {
				s.Properties[field] = doc.Components.Schemas[of]
			}
		}
		if heads, ok := s.Properties["heads"]; ok {
			heads.Value.Items = doc.Components.Schemas["Head"]
		}
		d.frames[kind] = s
	}
	return d
}

// readOpenAPI reads a document of answers alone.
func readOpenAPI(t *testing.T, text string) *documents {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range doc.Components.Schemas {
		s.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: new(bool)}
	}
	return &documents{openapi: doc, frames: map[string]*openapi3.Schema{}, seen: map[string]int{}}
}

// resolve puts the schemas in the place of references to them; const becomes an enum of one.
func resolve(node map[string]any, schemas map[string]any) {
	if c, ok := node["const"]; ok {
		delete(node, "const")
		node["enum"] = []any{c}
	}
	for k, v := range node {
		m, ok := v.(map[string]any)
		if !ok {
			continue
		}
		if ref, ok := m["$ref"].(string); ok {
			node[k] = schemas[ref[strings.LastIndexByte(ref, '/')+1:]]
			continue
		}
		resolve(m, schemas)
	}
}

// frame is shown each frame of the server's.
func (d *documents) frame(b []byte) {
	var v map[string]any
	err := json.Unmarshal(b, &v)
	kind, _ := v["kind"].(string)
	s, known := d.frames[kind]
	if err == nil && known {
		err = s.VisitJSON(v)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[kind]++
	if err != nil || !known {
		d.bad = append(d.bad, kind+": "+string(b))
		if err != nil {
			d.bad = append(d.bad, err.Error())
		}
	}
}

// check fails the test for each frame that was not as described.
func (d *documents) check(t *testing.T) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range d.bad {
		t.Error(b)
	}
}

// answer holds one answer against what its operation may answer.
func (d *documents) answer(t *testing.T, pattern string, resp *http.Response, body []byte) {
	t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	item := d.openapi.Paths.Value(path)
	if item == nil {
		t.Errorf("%s is not described", pattern)
		return
	}
	err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: resp.Request,
			Route:   &routers.Route{Spec: d.openapi, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)},
		},
		Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true,
			ExcludeResponseBody:   resp.Header.Get("Content-Type") == "application/yaml", // the filter would read it as an object
		},
	})
	if err != nil {
		t.Errorf("%s: status %d is not as described: %v", pattern, resp.StatusCode, err)
	}
}

// Every kind of frame that a server sends occurs here, each as it is described.
func TestEveryFrameIsAsItIsDescribed(t *testing.T) {
	t.Parallel()
	d := readDocuments(t)
	srv := servertest.Start(t, servertest.Options{OnFrame: d.frame})
	p := srv.People("ada", "bob")
	ada, bob := p[0], p[1]
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "before"})
	s, ear := ada.Connect(), bob.Connect()
	do := func(ref string, a api.Action) {
		a.ID = api.NewActionID()
		s.Send(api.ClientFrame{Kind: api.FrameAction, Ref: ref, Action: &a})
		s.Next(func(f api.ServerFrame) bool { return f.Kind == api.FrameResult && f.Result.Action == a.ID })
	}
	do("send", api.Action{Type: api.SendMessage, To: "bob", Text: "hello @bob", ReplyTo: 1})
	do("", api.Action{Type: api.SendMessage, To: "nobody-at-all", Text: "hello"})
	do("group", api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}})
	do("", api.Action{Type: api.SetBlock, To: "bob"})
	group := ear.Kind(api.FrameHead).Head
	s.Send(api.ClientFrame{Kind: api.FramePull, Ref: "p", Conversation: group.Conversation})
	s.Kind(api.FrameEntries)
	s.Send(api.ClientFrame{Kind: api.FramePing, Ref: "q"})
	s.Kind(api.FramePong)
	s.Send(api.ClientFrame{Kind: api.FramePull, Ref: "p", Conversation: api.NewConversationID()})
	s.Kind(api.FrameProblem)
	do("", api.Action{Type: api.SendMessage, Conversation: group.Conversation, Text: "to be read"})
	ear.Send(api.ClientFrame{Kind: api.FrameMark, Conversation: group.Conversation, Received: 2, Read: 2})
	s.Kind(api.FrameMarks)
	ear.Send(api.ClientFrame{Kind: api.FrameTyping, Conversation: group.Conversation})
	s.Kind(api.FrameIsTyping)
	s.Send(api.ClientFrame{Kind: api.FrameWatch, Ref: "w", Handles: []string{"bob", "nobody-at-all"}})
	s.Kind(api.FramePresence)
	a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, Conversation: group.Conversation, Text: "one"}
	ada.Must(a)
	a.Text = "two"
	s.Send(api.ClientFrame{Kind: api.FrameAction, Ref: "c", Action: &a})
	s.Kind(api.FrameConflict)
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}
	s.AwaitClose(api.CloseGoingAway)
	ear.AwaitClose(api.CloseGoingAway)
	d.check(t)
	for _, kind := range frames["push"] {
		if kind != api.FrameLagging && d.seen[string(kind)] == 0 { // lagging: TestWhoLagsLosesNothing
			t.Errorf("no %s was sent", kind)
		}
	}
}

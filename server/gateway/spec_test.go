package gateway_test

import (
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/admin"
	"github.com/chatctl/chatctl/server/gateway/rest"
	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"
)

func TestOpenAPIDescribesExactlyTheRoutes(t *testing.T) {
	describesExactly(t, api.OpenAPI, rest.Routes())
}

func TestTheAdministrationsOpenAPIDescribesExactlyItsRoutes(t *testing.T) {
	describesExactly(t, api.AdminOpenAPI, admin.Routes())
}

func describesExactly(t *testing.T, document string, routes []string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	sort.Strings(described)
	sort.Strings(routes)
	if !slices.Equal(described, routes) {
		t.Errorf("described and served differ:\n%s\n\n%s", strings.Join(described, "\n"), strings.Join(routes, "\n"))
	}
}

func TestOpenAPINamesExactlyTheProblems(t *testing.T) {
	for _, document := range []string{api.OpenAPI, api.AdminOpenAPI} {
		doc, err := openapi3.NewLoader().LoadFromData([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		var described, known []string
		for _, v := range doc.Components.Schemas["Problem"].Value.Properties["code"].Value.Enum {
			described = append(described, v.(string))
		}
		for code := range api.Problems() {
			known = append(known, code)
		}
		sort.Strings(described)
		sort.Strings(known)
		if !slices.Equal(described, known) {
			t.Errorf("%s: described %v, known %v", doc.Info.Title, described, known)
		}
	}
}

// frames are all kinds, by who sends them.
var frames = map[string][]api.FrameKind{
	"send": {api.FrameAuthenticate, api.FrameAttach, api.FrameAction, api.FramePull, api.FrameMark, api.FramePing, api.FrameTyping, api.FrameWatch},
	"push": {api.FrameHello, api.FrameSignedIn, api.FrameHeads, api.FrameHeadsEnd, api.FrameLive, api.FrameHead, api.FrameEntry,
		api.FrameEntries, api.FrameAccepted, api.FrameResult, api.FrameConflict, api.FrameMarks, api.FramePerson, api.FrameProblem,
		api.FrameLagging, api.FrameGoingAway, api.FramePong,
		api.FrameIsTyping, api.FramePresence},
}

func TestAsyncAPIDescribesExactlyTheFrames(t *testing.T) {
	var doc struct {
		Operations map[string]struct {
			Messages []struct {
				Ref string `yaml:"$ref"`
			}
		}
		Components struct {
			Messages map[string]struct {
				Payload struct {
					Properties map[string]struct {
						Const string
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal([]byte(api.AsyncAPI), &doc); err != nil {
		t.Fatal(err)
	}
	for op, kinds := range frames {
		var described []api.FrameKind
		for _, m := range doc.Operations[op].Messages {
			name := m.Ref[strings.LastIndexByte(m.Ref, '/')+1:]
			described = append(described, api.FrameKind(name))
			if c := doc.Components.Messages[name].Payload.Properties["kind"].Const; c != name {
				t.Errorf("the frame %s has the kind %q", name, c)
			}
		}
		if !slices.Equal(described, kinds) {
			t.Errorf("%s: described %v, known %v", op, described, kinds)
		}
	}
}

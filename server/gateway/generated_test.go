package gateway_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/getkin/kin-openapi/openapi3"
)

// generated is how many bad requests, and how many bad frames, are made of the documents.
const generated = 10_000

// breaker makes values that break a schema in one place each. The same seed makes the same.
type breaker struct{ *rand.Rand }

func newBreaker() breaker { return breaker{rand.New(rand.NewPCG(1, 2))} }

func pick[T any](b breaker, from []T) T { return from[b.IntN(len(from))] }

// field is one member of an object, as JSON.
type field struct{ name, value string }

func object(fs []field) string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = `"` + f.name + `":` + f.value
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// good makes a value of the schema.
func (b breaker) good(s *openapi3.Schema) string {
	switch {
	case len(s.Enum) > 0:
		return string(api.Encode(pick(b, s.Enum)))
	case s.Type.Is("integer"):
		return fmt.Sprint(1 + b.IntN(3))
	case s.Type.Is("boolean"):
		return "true"
	case s.Type.Is("array"):
		return "[" + b.good(s.Items.Value) + "]"
	case s.Type.Is("object"):
		return object(b.fields(s))
	case s.Format == "uuid":
		return `"` + api.NewActionID().String() + `"`
	case s.Pattern == "^[0-9]{8}$":
		return `"12345678"`
	}
	return `"` + strings.Repeat("abc", 3) + `"`
}

func (b breaker) fields(s *openapi3.Schema) (fs []field) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		fs = append(fs, field{name, b.good(s.Properties[name].Value)})
	}
	return fs
}

// bad makes a value that is not of the schema.
func (b breaker) bad(s *openapi3.Schema) string {
	wrong := []string{"null", "1.5", "1e400", "9007199254740993", "-1", "[]", "[[]]", "{}", `{"a":1}`, "true", `"x y"`, `""`}
	switch {
	case len(s.Enum) > 0:
		return pick(b, append(wrong, `"nothing"`))
	case s.Type.Is("integer"):
		return pick(b, append(wrong, `"1"`, "99999999999999999999"))
	case s.Type.Is("array"):
		return pick(b, []string{"null", "1", `"x"`, "{}", "[1]", "[null]", "[[]]", "[" + b.good(s.Items.Value) + "," + b.bad(s.Items.Value) + "]"})
	case s.Type.Is("object"):
		return pick(b, []string{"null", "1", `"x"`, "[]", b.badObject(s)})
	}
	texts := append([]string{"null", "1", "1.5", "[]", "{}", "true", `"\ud800"`, `"\u00"`, "\"a\nb\""}, b.longer(s)...)
	if s.Format == "uuid" {
		texts = append(texts, `"x"`, `""`, `"`+api.NewActionID().String()+`0"`, `"{`+api.NewActionID().String()+`}"`)
	}
	if s.Pattern != "" {
		texts = append(texts, `""`, `"A B"`, `"\u001b[2J"`, `"\u202e"`, `"é"`)
	}
	return pick(b, texts)
}

func (b breaker) longer(s *openapi3.Schema) []string {
	if s.MaxLength == nil || *s.MaxLength > 60_000 {
		return nil
	}
	return []string{`"` + strings.Repeat("x", int(*s.MaxLength)+1+b.IntN(40)) + `"`}
}

// badObject breaks an object of the schema: a field, the set of fields, or the text itself.
func (b breaker) badObject(s *openapi3.Schema) string {
	fs := b.fields(s)
	if len(fs) == 0 {
		return pick(b, []string{"[]", "1", "{", `{"a":1}`})
	}
	i := b.IntN(len(fs))
	switch b.IntN(8) {
	case 0:
		fs = append(fs, field{pick(b, []string{"surprise", "", "__proto__", strings.ToUpper(fs[i].name), fs[i].name + " ", "\\u0000"}), b.good(s.Properties[fs[i].name].Value)})
	case 1:
		fs = append(fs, fs[i]) // a duplicate name
	case 2:
		if len(s.Required) > 0 {
			missing := pick(b, s.Required)
			fs = slices.DeleteFunc(fs, func(f field) bool { return f.name == missing })
			break
		}
		fallthrough
	case 3:
		return b.damaged(object(fs))
	default:
		fs[i].value = b.bad(s.Properties[fs[i].name].Value)
	}
	return object(fs)
}

// damaged makes text of an object that is no JSON, or not JSON alone.
func (b breaker) damaged(text string) string {
	at := b.IntN(len(text))
	switch b.IntN(6) {
	case 0:
		return text[:at]
	case 1:
		return text[:at] + "\x01" + text[at:]
	case 2:
		return text + pick(b, []string{"{}", ",", "x", "\x00", "]", text})
	case 3:
		return "\ufeff" + text
	case 4:
		return strings.Repeat("[", 20+b.IntN(200)) + text
	}
	return pick(b, []string{"//", "'", ",", "nul", "\v"}) + text
}

// operation is one way to ask for something, as OpenAPI describes it.
type operation struct {
	method, path string
	params       []*openapi3.Parameter
	body         *openapi3.Schema
}

func operations(doc *openapi3.T) (ops []operation) {
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			op := operation{method: method, path: path}
			for _, p := range o.Parameters {
				if p.Value.In != "header" {
					op.params = append(op.params, p.Value)
				}
			}
			if o.RequestBody != nil {
				op.body = o.RequestBody.Value.Content.Get("application/json").Schema.Value
			}
			if op.body != nil || len(op.params) > 0 {
				ops = append(ops, op)
			}
		}
	}
	slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return ops
}

// request makes a bad request of op: either a parameter or the body is not as described.
func (b breaker) request(w *world, op operation) (path, body string) {
	broken := -1 // the body
	if op.body == nil || len(op.params) > 0 && b.IntN(4) == 0 {
		broken = b.IntN(len(op.params))
	}
	path = op.path
	var query []string
	for i, p := range op.params {
		value := "1"
		switch {
		case i == broken:
			value = b.badParameter(p)
		case p.Name == "conversation":
			value = w.group.String()
		case p.Name == "handle":
			value = "member"
		case p.Schema.Value.Format == "uuid" || p.In == "path" && p.Name != "seq":
			value = api.NewMemberID().String()
		}
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		} else if i == broken || p.Required {
			query = append(query, p.Name+"="+value)
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	if op.body != nil {
		if body = b.badObject(op.body); broken >= 0 {
			body = b.good(op.body)
		}
	}
	return path, body
}

// badParameter is one that no schema of a parameter allows, but for those of numbers.
func (b breaker) badParameter(p *openapi3.Parameter) string {
	bad := []string{"%00", "%1b%5b2J", "A%20B", "%ff", strings.Repeat("9", 300), "%e2%80%ae"}
	if p.Schema.Value.Type.Is("integer") {
		bad = append(bad, "x", "-1", "1.5", "99999999999999999999", "0x1", "1e3", "%2b1")
	}
	return pick(b, bad)
}

func TestRequestsThatTheDocumentDoesNotAllowAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	listener := w.member.Connect()
	before := w.member.Whole(w.group)
	ops, b := operations(readDocuments(t).openapi), newBreaker()
	for i := range generated {
		op := ops[i%len(ops)]
		path, body := b.request(w, op)
		resp, answer := raw(t, w, op.method, path, body, "Content-Type", "application/json", "Prefer", "wait=20")
		if mustBeRefused(t, op.method+" "+path+" "+body, resp, answer); t.Failed() {
			return // the first is enough
		}
	}
	nothingWasRelayed(t, w, listener, before)
}

func TestFramesThatTheDocumentDoesNotAllowAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	listener := w.member.Connect()
	before := w.member.Whole(w.group)
	documents, b := readDocuments(t), newBreaker()
	s := w.owner.Connect()
	for i := range generated {
		f := b.badObject(documents.frames[string(frames["send"][i%len(frames["send"])])])
		if err := s.SendRaw([]byte(f)); err != nil {
			t.Fatalf("%s: the stream ended: %v", f, err)
		}
		if got := s.Kind(api.FrameProblem); got.Problem.Status >= 500 || api.Problems()[got.Problem.Code] != got.Problem.Status {
			t.Fatalf("%s: %+v", f, got.Problem)
		}
	}
	nothingWasRelayed(t, w, listener, before)
}

package api

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode reads one JSON value strictly (RFC 8259 with RFC 7493's rules): an
// unknown field, a duplicate name, null, bad UTF-8, data after the value, or
// nesting above MaxDepth is a Problem that says where.
func Decode[T any](b []byte) (T, error) {
	var v T
	if err := checkShape(b); err != nil {
		return v, err
	}
	err := json.Unmarshal(b, &v, json.RejectUnknownMembers(true))
	if err == nil {
		return v, nil
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return v, Invalid("", "the JSON ends too early")
	}
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic):
		return v, Invalid(string(semantic.JSONPointer), "%s", semanticDetail(semantic))
	case errors.As(err, &syntactic):
		return v, Invalid(string(syntactic.JSONPointer), "byte %d: %v", syntactic.ByteOffset, syntactic.Err)
	}
	return v, Invalid("", "%v", err)
}

// DecodeTolerant reads one JSON value as a client does: unknown fields are ignored.
func DecodeTolerant[T any](b []byte) (v T, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}

// Encode writes v as compact JSON. It panics on a value that has none: wire types always do.
func Encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func semanticDetail(e *json.SemanticError) string {
	switch {
	case errors.Is(e.Err, json.ErrUnknownName):
		return "this field is not known here"
	case e.Err != nil:
		return e.Err.Error()
	case e.JSONKind != 0:
		return "a JSON " + e.JSONKind.String() + " does not belong here"
	}
	return "the value does not fit"
}

// checkShape looks outside strings: it counts brackets, and finds null, which the
// decoder would take for any field's zero.
func checkShape(b []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return Invalid("", "nested deeper than %d", MaxDepth)
			}
		case c == '}' || c == ']':
			depth--
		case c == 'n':
			return Invalid("", "byte %d: null does not belong here; leave the field out", i)
		}
	}
	return nil
}

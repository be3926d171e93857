package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
)

func TestStrictDecodingSaysWhatIsWrongAndWhere(t *testing.T) {
	for in, pointer := range map[string]string{
		`{"kind":"ping","x":1}`:                         "/x",
		`{"kind":"ping","Kind":"ping"}`:                 "/Kind",
		`{"kind":"ping","kind":"ping"}`:                 "/kind",
		`{"kind":"action","action":{"type":"x","y":1}}`: "/action/y",
		`{"kind":"pull","conversation":"nonsense"}`:     "/conversation",
		`{"kind":"mark","read":"5"}`:                    "/read",
		`{"kind":"mark","read":1.5}`:                    "/read",
		`{"kind":"ping"} {}`:                            "",
		`{"kind":"ping"`:                                "",
		``:                                              "",
		`{"kind":"ping",}`:                              "",
		`{'kind':"ping"}`:                               "",
		"{\"kind\":\"\xff\"}":                           "/kind",
		`{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: "",
		`[]`: "",
		`5`:  "",
	} {
		_, err := api.Decode[api.ClientFrame]([]byte(in))
		var p *api.Problem
		if !errors.As(err, &p) || p.Code != "invalid" {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if p.Pointer != pointer {
			t.Errorf("%s: at %q, not %q (%v)", in, p.Pointer, pointer, p)
		}
	}
}

func TestClientsDecodeTolerantly(t *testing.T) {
	f, err := api.DecodeTolerant[api.ServerFrame]([]byte(`{"kind":"tomorrow","ref":"7","more":{"x":[1]}}`))
	if err != nil || f.Ref != "7" {
		t.Fatalf("%+v, %v", f, err)
	}
}

func TestAFramesRulesAreHeld(t *testing.T) {
	id := `"019a0000-0000-7000-8000-000000000001"`
	for in, pointer := range map[string]string{
		`{"kind":"aurora"}`:                         "/kind",
		`{"kind":"hello"}`:                          "/kind",
		`{"kind":"ping","after":3}`:                 "/after",
		`{"kind":"pull"}`:                           "/conversation",
		`{"kind":"ping","conversation":` + id + `}`: "/conversation",
		`{"kind":"mark","conversation":` + id + `}`: "/read",
		`{"kind":"mark","conversation":` + id + `,"read":9007199254740992}`: "/read",
		`{"kind":"pull","conversation":` + id + `,"after":-1}`:              "/after",
		`{"kind":"action"}`:       "/action",
		`{"kind":"authenticate"}`: "/ticket",
		`{"kind":"action","action":{"type":"message.send","to":"ada","text":"x"}}`:                                "/action/id",
		`{"kind":"action","action":{"id":` + id + `,"type":"message.send","to":"Ada","text":"x"}}`:                "/action/to",
		`{"kind":"action","action":{"id":` + id + `,"type":"message.send","text":"x"}}`:                           "/action/to",
		`{"kind":"action","action":{"id":` + id + `,"type":"message.send","to":"ada","text":"\u001b[2J"}}`:        "/action/text",
		`{"kind":"action","action":{"id":` + id + `,"type":"held.retry"}}`:                                        "/action/type",
		`{"kind":"action","action":{"id":` + id + `,"type":"group.create","name":"x","members":["ada","B"]}}`:     "/action/members/1",
		`{"kind":"action","action":{"id":` + id + `,"type":"member.leave","conversation":` + id + `,"to":"ada"}}`: "/action/to",
		`{"kind":"ping","ref":"` + strings.Repeat("x", api.MaxRef+1) + `"}`:                                       "/ref",
	} {
		f, err := api.Decode[api.ClientFrame]([]byte(in))
		if err == nil {
			err = f.Check()
		}
		var p *api.Problem
		if !errors.As(err, &p) || p.Pointer != pointer {
			t.Errorf("%s: %v, not at %q", in, err, pointer)
		}
	}
}

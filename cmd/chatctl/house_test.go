package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/chatctl/chatctl/"

// forbidden are the imports that must not come about, directly or through others.
var forbidden = []struct{ from, to, because string }{
	{"server/bus", "server/chat", "the bus moves bytes"},
	{"server/bus", "server/gateway", "the bus moves bytes"},
	{"server/bus", "server/api", "the bus moves bytes"},
	{"server/store", "server/bus", "the store knows no service and no log"},
	{"server/store", "server/chat", "each service's statements lie in that service"},
	{"server/chat", "server/gateway", "what passes between services is on the bus"},
	{"server/gateway", "server/chat", "what passes between services is on the bus; reads come through an interface"},
	{"server/gateway/hub", "server/store", "the hub owns no truth"},
	{"server/gateway/account/register", "server/gateway/account/session", "who there is does not hang on who is signed in"},
	{"server/gateway/account/session", "server/gateway/account/office", "what administrators do is done to sessions, not by them"},
	{"server/gateway/account/code", "server/gateway/account/session", "a code proves an address, whatever that is good for"},
	{"server/gateway/account/guard", "server/gateway/account/session", "a password proves a person, whatever that is good for"},
	{"server/client", "server/gateway", "a client knows the wire and nothing behind it"},
	{"server/client", "server/chat", "a client knows the wire and nothing behind it"},
	{"server/client", "server/bus", "a client knows the wire and nothing behind it"},
	{"server/client", "server/store", "a client knows the wire and nothing behind it"},
	{"server/history", "server/client", "a checker that shares a client's fault does not see it"},
	{"server/history", "server/gateway", "a checker knows the contract and nothing behind it"},
	{"server/history", "server/chat", "a checker knows the contract and nothing behind it"},
	{"loadtest/verify", "server/client", "a checker that shares a client's fault does not see it"},
	{"tui", "server/gateway", "the chat client knows the wire and nothing behind it"},
	{"tui", "server/chat", "the chat client knows the wire and nothing behind it"},
	{"tui", "server/bus", "the chat client knows the wire and nothing behind it"},
	{"tui", "server/store", "the chat client knows the wire and nothing behind it"},
	{"tui", "embedded", "the chat client stands outside the server"},
	{"loadtest", "server/gateway", "the load generator stands outside the server"},
	{"loadtest", "server/chat", "the load generator stands outside the server"},
	{"loadtest", "embedded", "the load generator stands outside the server"},
	{"server/api", "server/bus", "the contract stands on nothing"},
	{"server/api", "server/store", "the contract stands on nothing"},
}

type pkg struct {
	ImportPath string
	Doc        string
	GoFiles    []string
	Deps       []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,GoFiles,Deps", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		pkgs = append(pkgs, p)
	}
}

func TestImportsFollowTheWayOfTheData(t *testing.T) {
	for _, p := range packages(t) {
		for _, rule := range forbidden {
			if within(p.ImportPath, rule.from) && slices.ContainsFunc(p.Deps, func(d string) bool {
				d, ours := strings.CutPrefix(d, module)
				return ours && within(d, rule.to)
			}) {
				t.Errorf("%s imports %s: %s", p.ImportPath, rule.to, rule.because)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && len(p.Doc) < 20 {
			t.Errorf("%s has no package comment that says what it is", p.ImportPath)
		}
	}
}

func TestTheTopLevelIsTheHouse(t *testing.T) {
	rooms := []string{"cmd", "server", "tui", "loadtest", "embedded"}
	for _, p := range packages(t) {
		if top, _, _ := strings.Cut(p.ImportPath, "/"); !slices.Contains(rooms, top) {
			t.Errorf("%s lies outside %v", p.ImportPath, rooms)
		}
	}
}

func within(path, room string) bool { return path == room || strings.HasPrefix(path, room+"/") }

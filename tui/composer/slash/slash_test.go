package slash_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api/text/act"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"pgregory.net/rapid"
)

func TestCommandsAreRead(t *testing.T) {
	for line, want := range map[string]slash.Command{
		"/dm @ada":                       slash.Direct{Handle: "ada"},
		"/dm ada hello  there ":          slash.Direct{Handle: "ada", Text: "hello  there"},
		"/dm @ada\nhello":                slash.Direct{Handle: "ada", Text: "hello"},
		"/group the ops people":          slash.Group{Name: "the ops people"},
		"/group the ops @ada bob  @cleo": slash.Group{Name: "the ops", Handles: []string{"ada", "bob", "cleo"}},
		"/group a@b":                     slash.Group{Name: "a@b"},
		"/invite @ada bob":               slash.Invite{Handles: []string{"ada", "bob"}},
		"/kick @ada":                     slash.Kick{Handle: "ada"},
		"/leave ":                        slash.Leave{},
		"/group #ops @ada":               slash.Group{Name: "ops", Handles: []string{"ada"}},
		"/rename new name":               slash.Rename{Name: "new name"},
		"/rename #zed":                   slash.Rename{Name: "zed"},
		"/block":                         slash.Block{},
		"/block @ada":                    slash.Block{Handle: "ada"},
		"/unblock ada":                   slash.Unblock{Handle: "ada"},
		"/me waves":                      slash.Me{Text: "waves"},
		"/reply yes":                     slash.Reply{Text: "yes"},
		"/edit":                          slash.Edit{},
		"/edit better\nso":               slash.Edit{Text: "better\nso"},
		"/delete":                        slash.Delete{},
		"/mute":                          slash.Mute{},
		"/search":                        slash.Search{},
		"/search a b":                    slash.Search{Text: "a b"},
		"/profile work":                  slash.Profile{Name: "work"},
		"/sessions":                      slash.Sessions{},
		"/export my data.json":           slash.Export{File: "my data.json"},
		"/quit":                          slash.Quit{},
		"/help":                          slash.Help{},
	} {
		got, err := slash.Parse(line)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %#v, %v; want %#v", line, got, err, want)
		}
	}
}

func TestAMistakeInACommandSaysHowItIsWritten(t *testing.T) {
	for line, want := range map[string]string{
		"/dm":               "whom is missing; it is /dm @HANDLE [TEXT]",
		"/dm @Ada":          "@Ada is no handle",
		"/kick @ada @bob":   "it takes one person; it is /kick @HANDLE",
		"/group @ada":       "the name is missing",
		"/group ops @ada é": "@é is no handle",
		"/rename":           "the name is missing; it is /rename NAME",
		"/rename #":         "the name is missing; it is /rename NAME",
		"/rename @ada":      "does not begin with @",
		"/leave now":        "it takes nothing after it; it is /leave",
		"/me":               "what you do is missing",
		"/usr/bin/env":      "written //usr/bin/env",
		"/quti":             "/quit is one",
		"/he":               "/help is one",
		"/blok":             "/block is one",
		"/":                 "there is no command /",
	} {
		c, err := slash.Parse(line)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %#v, %v; want an error with %q", line, c, err, want)
		}
	}
}

func TestTwoSlashesBeginAMessage(t *testing.T) {
	if slash.Is("//usr/bin") || slash.Is("hello") || slash.Is("") || !slash.Is("/help") {
		t.Error("commands and messages are mixed up")
	}
	if got := slash.Message("//usr/bin"); got != "/usr/bin" {
		t.Errorf("the message is %q", got)
	}
}

func TestAMessageIsComposedAgainAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]string{"", "//", "//me ", `\`, `\/me `, `\\/me `}).Draw(t, "start") + rapid.String().Draw(t, "rest")
		if slash.Is(s) {
			return
		}
		m := slash.Message(s)
		if w := slash.Written(m); slash.Is(w) || slash.Message(w) != m {
			t.Errorf("%q is the message %q, which is composed as %q", s, m, w)
		}
		if said, does := act.Said(m); does || "/"+said != s && said != s {
			t.Errorf("%q is read as %q, done %v", s, said, does)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, k := range slash.All() {
		f.Add("/" + k.Name + " @ada\x1b[2J \u202e\xff")
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := slash.Parse(s)
		if (c == nil) == (err == nil) {
			t.Fatalf("%#v, %v", c, err)
		}
	})
}

package cli_test

import (
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/go-json-experiment/json"
)

func print(t *testing.T, format string, do func(*cli.Printer) error) string {
	t.Helper()
	e := env(t, nil)
	p, err := cli.NewPrinter(e, format)
	if err != nil {
		t.Fatal(err)
	}
	if err := do(p); err != nil {
		t.Fatal(err)
	}
	return e.Stdout.(*strings.Builder).String()
}

const hostile = "\x1b[2J\u009b31m\u202eabc\u2028\U000e0041 é👩‍👩‍👧"

func TestJSONIsOneLineWhichDrivesNoTerminalAndKeepsTheText(t *testing.T) {
	out := print(t, "json", func(p *cli.Printer) error { return p.One(map[string]string{"text": hostile + "\n"}, "") })
	if strings.Count(out, "\n") != 1 || strings.ContainsAny(out, "\x1b\u009b\u202e\u2028\U000e0041") {
		t.Fatalf("printed %q", out)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(out), &back); err != nil || back["text"] != hostile+"\n" {
		t.Fatalf("read back %q, %v", back["text"], err)
	}
}

func TestTextOfStrangersCannotPoseAsAnotherLine(t *testing.T) {
	out := print(t, "text", func(p *cli.Printer) error { return p.One(nil, "@eve: hi\n@ada: fake\r"+hostile) })
	if out[:9] != "@eve: hi\n" || !strings.HasPrefix(out[9:], "    @ada") || strings.ContainsAny(out, "\x1b\r\u009b\u202e") {
		t.Fatalf("printed %q", out)
	}
}

func TestTableAlignsByCellsOfTheTerminal(t *testing.T) {
	rows := []string{"ab", "漢字", "x\ny"}
	out := print(t, "text", func(p *cli.Printer) error {
		return cli.Table(p, []string{"NAME", "N"}, rows, func(r string) []string { return []string{r, "1"} })
	})
	if want := "NAME  N\nab    1\n漢字  1\nx␊y   1\n"; out != want {
		t.Fatalf("printed\n%s, want\n%s", out, want)
	}
}

func TestBodyOfARouteIsOneLineOfJSONOrShownText(t *testing.T) {
	if out := print(t, "text", func(p *cli.Printer) error { return p.Body([]byte("{ \"a\" : \"\u009b\" }\n")) }); out != `{"a":"\u009b"}`+"\n" {
		t.Errorf("printed %q", out)
	}
	if out := print(t, "json", func(p *cli.Printer) error { return p.Body([]byte("a: 1\nb: \x1b\n")) }); out != "a: 1\nb: ␛\n" {
		t.Errorf("printed %q", out)
	}
}

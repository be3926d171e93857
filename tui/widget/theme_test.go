package widget_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/chatctl/chatctl/tui/widget"
	"github.com/lucasb-eyer/go-colorful"
)

var terminals = []widget.Terminal{
	{Colours: widget.NoColours}, {Colours: widget.Colours16}, {Colours: widget.Colours16, Light: true},
	{Colours: widget.Colours256}, {Colours: widget.Colours256, Light: true}, {Colours: widget.TrueColour, Light: true},
}

func styles(th *widget.Theme) []lipgloss.Style {
	all := []lipgloss.Style{th.Text, th.Dim, th.Strong, th.Accent, th.Good, th.Busy, th.Bad, th.Bar, th.Cursor, th.Match, th.Unread, th.Mention,
		th.Border, th.Focus, th.Link, th.Code, th.Quote, th.Syntax.Keyword, th.Syntax.Name, th.Syntax.String, th.Syntax.Number, th.Syntax.Comment}
	for i := range 200 {
		all = append(all, th.Person(fmt.Sprint("person", i)))
	}
	return all
}

func TestATerminalGetsNoMoreColoursThanItHas(t *testing.T) {
	more := map[widget.Colours]*regexp.Regexp{
		widget.NoColours: regexp.MustCompile(`[\[;]([34]\d|9\d|10\d)[;m]`),
		widget.Colours16: regexp.MustCompile(`[34]8;`),
	}
	for _, term := range terminals {
		for _, s := range styles(widget.NewTheme(term)) {
			if re := more[term.Colours]; re != nil && re.MatchString(s.Render("x")) {
				t.Errorf("%+v: %q", term, s.Render("x"))
			}
		}
	}
}

func TestWhatIsChosenIsSeenWithoutColours(t *testing.T) {
	th := widget.NewTheme(widget.Terminal{})
	for _, s := range []lipgloss.Style{th.Cursor, th.Match, th.Accent, th.Bad, th.Mention, th.Unread, th.Bar, th.Focus} {
		if s.Render("x") == "x" {
			t.Errorf("%v is like any text", s)
		}
	}
}

var number = regexp.MustCompile(`[34]8;5;(\d+)`)

func TestEveryColourIsReadableOnItsBackground(t *testing.T) {
	for _, light := range []bool{false, true} {
		ground := colorful.Color{R: .12, G: .12, B: .12} // a dark one that is not black
		if light {
			ground = colorful.Color{R: 1, G: 1, B: 1}
		}
		for _, s := range styles(widget.NewTheme(widget.Terminal{Colours: widget.Colours256, Light: light})) {
			m := number.FindStringSubmatch(s.Render("x"))
			if m == nil || strings.HasPrefix(m[0], "4") {
				continue
			}
			n, _ := strconv.Atoi(m[1])
			if c := contrast(cube(n), ground); c < 4 {
				t.Errorf("light %v, colour %d: contrast %.1f", light, n, c)
			}
		}
	}
}

// cube is colour n of xterm's 256, from 16 on.
func cube(n int) colorful.Color {
	if n >= 232 {
		g := float64(8+10*(n-232)) / 255
		return colorful.Color{R: g, G: g, B: g}
	}
	level := func(i int) float64 {
		if i == 0 {
			return 0
		}
		return float64(55+40*i) / 255
	}
	n -= 16
	return colorful.Color{R: level(n / 36), G: level(n / 6 % 6), B: level(n % 6)}
}

// contrast is that of WCAG 2, 1.4.3: 4.5 is asked for of small text.
func contrast(a, b colorful.Color) float64 {
	luminance := func(c colorful.Color) float64 {
		r, g, b := c.LinearRgb()
		return .2126*r + .7152*g + .0722*b
	}
	l, d := luminance(a), luminance(b)
	return (max(l, d) + .05) / (min(l, d) + .05)
}

func TestAPersonKeepsTheirColour(t *testing.T) {
	a, b := widget.NewTheme(widget.Terminal{Colours: widget.Colours256}), widget.NewTheme(widget.Terminal{Colours: widget.Colours256})
	used := map[string]int{}
	for i := range 1000 {
		h := fmt.Sprint("person", i)
		if a.Person(h).Render("x") != b.Person(h).Render("x") {
			t.Fatalf("%s has two colours", h)
		}
		used[a.Person(h).Render("x")]++
	}
	if len(used) < 20 {
		t.Errorf("a thousand people share %d colours", len(used))
	}
	for c, n := range used {
		if n > 150 {
			t.Errorf("%q is that of %d of a thousand", c, n)
		}
	}
}

func TestTheEnvironmentTellsTheColours(t *testing.T) {
	for env, want := range map[string]widget.Colours{
		"TERM=xterm-256color":                             widget.NoColours, // a file
		"TERM=xterm-256color CLICOLOR_FORCE=1":            widget.Colours16,
		"TERM=xterm-256color NO_COLOR=1":                  widget.NoColours,
		"TERM=xterm-256color NO_COLOR=1 CLICOLOR_FORCE=1": widget.NoColours,
		"TERM=dumb":                   widget.NoColours,
		"TERM=linux CLICOLOR_FORCE=1": widget.Colours16,
	} {
		out, err := os.Create(t.TempDir() + "/out")
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		got := widget.Detect(out, func(name string) string {
			i := slices.IndexFunc(strings.Fields(env), func(s string) bool { return strings.HasPrefix(s, name+"=") })
			if i < 0 {
				return ""
			}
			return strings.TrimPrefix(strings.Fields(env)[i], name+"=")
		})
		if got.Colours != want {
			t.Errorf("%s: %v, not %v", env, got.Colours, want)
		}
	}
}

package keymap

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// maxFile is the largest file of bindings that is read, in bytes.
const maxFile = 256 << 10

// Mistake is one thing wrong with a file of bindings.
type Mistake struct {
	Line int
	Text string
}

func (m *Mistake) Error() string { return fmt.Sprintf("line %d: %s", m.Line, m.Text) }

// Load reads the file of bindings at path, as Parse does. A file that is not there is the default set.
func Load(path string) (*Map, error) {
	b, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the keys of %s: %w", path, err)
	}
	m, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("the keys of %s: %w", path, err)
	}
	return m, nil
}

// read is the file at path, which may be a device that never ends.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("larger than %d bytes", maxFile)
	}
	return b, err
}

// Parse reads a YAML mapping of actions to a key or a list of keys, which
// replace those of the set; [] leaves the action without a key. "set: vim"
// begins with that set. A key is written as ctrl-x or ctrl+x, a chord with a
// space between its keys. The error joins a *Mistake for everything wrong, the
// first ten by line.
func Parse(b []byte) (*Map, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("not YAML: %w", err)
	}
	if len(doc.Content) == 0 {
		return Default(), nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, &Mistake{root.Line, "not a list of bindings, each ACTION: KEY"}
	}
	m, unset := set(root)
	wrong := m.rebind(root)
	if unset != nil {
		wrong = append(wrong, unset) // what clashes with another set's keys is not known
	} else {
		wrong = append(wrong, m.check()...)
	}
	if len(wrong) > 0 {
		return nil, mistakes(wrong)
	}
	m.index()
	return m, nil
}

// mistakes joins what is wrong, by line, as far as people read on.
func mistakes(wrong []error) error {
	const most = 10
	slices.SortStableFunc(wrong, func(a, b error) int { return line(a) - line(b) })
	if more := len(wrong) - most; more > 0 {
		wrong = append(wrong[:most], fmt.Errorf("and %d more", more))
	}
	return errors.Join(wrong...)
}

func line(err error) int {
	var m *Mistake
	if errors.As(err, &m) {
		return m.Line
	}
	return 0
}

// set is the set to begin with, the default one where there is none of that name.
func set(root *yaml.Node) (*Map, error) {
	for i := 0; i < len(root.Content); i += 2 {
		if key, value := root.Content[i], root.Content[i+1]; key.Value == "set" {
			switch value.Value {
			case "default":
				return Default(), nil
			case "vim":
				return Vim(), nil
			}
			return Default(), &Mistake{value.Line, fmt.Sprintf("there is no set %q: it is default or vim", value.Value)}
		}
	}
	return Default(), nil
}

func (m *Map) rebind(root *yaml.Node) (wrong []error) {
	seen := map[string]int{}
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		at := slices.IndexFunc(m.rows, func(r row) bool { return string(r.action) == key.Value })
		switch {
		case seen[key.Value] > 0:
			wrong = append(wrong, &Mistake{key.Line, fmt.Sprintf("%s was bound in line %d already", key.Value, seen[key.Value])})
			continue
		case key.Value == "set":
		case at < 0:
			wrong = append(wrong, &Mistake{key.Line, fmt.Sprintf("there is no action %q%s", key.Value, m.nearest(key.Value))})
		default:
			chords, errs := chords(m.rows[at].action, value)
			m.rows[at].chords, m.rows[at].line = chords, key.Line
			wrong = append(wrong, errs...)
		}
		seen[key.Value] = key.Line
	}
	return wrong
}

func chords(a Action, value *yaml.Node) (chords []string, wrong []error) {
	values := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		values = value.Content
	}
	for _, v := range values {
		if v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
			wrong = append(wrong, &Mistake{v.Line, fmt.Sprintf("%s takes a key, a list of keys, or [] for none", a)})
			continue
		}
		c, err := chord(v.Value)
		if err == nil {
			err = allowed(a, c)
		}
		if err != nil {
			wrong = append(wrong, &Mistake{v.Line, fmt.Sprintf("%s: %v", a, err)})
			continue
		}
		if !slices.Contains(chords, c) {
			chords = append(chords, c)
		}
	}
	return chords, wrong
}

// allowed reports why c cannot be a key of a.
func allowed(a Action, c string) error {
	first, _, _ := strings.Cut(c, " ")
	if a.Context().texts() && (first == "space" || len([]rune(first)) == 1) {
		return fmt.Errorf("%s is a character that people type: put alt or ctrl to it", Shown(first))
	}
	return nil
}

// chord is one to three keys in the spelling of Press.
func chord(s string) (string, error) {
	keys := strings.Fields(s)
	if s == " " {
		keys = []string{"space"}
	}
	if len(keys) == 0 || len(keys) > 3 {
		return "", fmt.Errorf("%q is no key and no chord of two or three", s)
	}
	for i, k := range keys {
		var err error
		if keys[i], err = oneKey(k); err != nil {
			return "", err
		}
	}
	return strings.Join(keys, " "), nil
}

// same are keys that a terminal sends as another one.
var same = map[string]string{"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+[": "esc", "ctrl+?": "backspace", "ctrl+space": "ctrl+@", "ctrl+/": "ctrl+_"}

// oneKey is a key in the spelling of Press: modifiers as alt+ctrl+shift+, in this order.
func oneKey(s string) (string, error) {
	alt, ctrl, shift, rest := modifiers(s)
	lower := strings.ToLower(rest)
	runes := []rune(rest)
	name := ""
	switch {
	case named(lower):
		name = lower
	case len(runes) != 1 || !unicode.IsGraphic(runes[0]):
		return "", fmt.Errorf("%q is no key", s)
	case shift:
		return "", fmt.Errorf("%q: a terminal sends shift and a character as another character: write that one", s)
	case ctrl && !strings.ContainsAny(lower, `abcdefghijklmnopqrstuvwxyz@[\]^_?/`):
		return "", fmt.Errorf("%q cannot be told by a terminal", s)
	case ctrl:
		name = lower
	default:
		name = rest
	}
	if shift && name != "space" {
		name = "shift+" + name
	}
	if ctrl {
		name = "ctrl+" + name
	}
	if other := same[name]; other != "" {
		name = other
	}
	if alt {
		name = "alt+" + name
	}
	return name, nil
}

func modifiers(s string) (alt, ctrl, shift bool, rest string) {
	for {
		lower := strings.ToLower(s)
		switch {
		case len(s) > 4 && (lower[:4] == "alt+" || lower[:4] == "alt-"):
			alt, s = true, s[4:]
		case len(s) > 5 && (lower[:5] == "ctrl+" || lower[:5] == "ctrl-"):
			ctrl, s = true, s[5:]
		case len(s) > 6 && (lower[:6] == "shift+" || lower[:6] == "shift-"):
			shift, s = true, s[6:]
		default:
			return alt, ctrl, shift, s
		}
	}
}

func named(k string) bool {
	switch k {
	case "enter", "tab", "esc", "space", "backspace", "delete", "insert", "up", "down", "left", "right", "home", "end", "pgup", "pgdown":
		return true
	}
	n, f := strings.CutPrefix(k, "f")
	return f && slices.Contains(strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"), n)
}

// nearest is an action of the same verb, as an addition to a sentence.
func (m *Map) nearest(name string) string {
	_, verb, found := strings.Cut(name, ".")
	if !found {
		verb = name
	}
	for _, a := range m.All() {
		if _, v, _ := strings.Cut(string(a), "."); v == verb {
			return fmt.Sprintf("; %s is one", a)
		}
	}
	return ""
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"
)

// configFlag names the file that the other settings may lie in.
const configFlag = "config"

// settle gives every setting of flags its value: from the command line, else its
// CHATCTL_ variable, else the file, else its default. It reports every mistake
// at once, with its place, and tells where each setting is from.
func (a *commands) settle(flags *pflag.FlagSet) (origins map[string]string, err error) {
	origins = map[string]string{}
	var wrong []error
	flags.VisitAll(func(f *pflag.Flag) {
		origins[f.Name] = "default"
		value := a.Env.Getenv(variable(f.Name))
		switch {
		case f.Changed:
			origins[f.Name] = "--" + f.Name
		case value != "":
			origins[f.Name] = variable(f.Name)
			if err := f.Value.Set(value); err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", variable(f.Name), err))
			}
		}
	})
	wrong = append(wrong, a.strangeVariables(flags)...)
	path, must, err := a.settingsFile(flags.Lookup(configFlag).Value.String())
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		wrong = append(wrong, readSettings(path, text, flags, origins)...)
	case must || path != "" && !errors.Is(err, fs.ErrNotExist):
		wrong = append(wrong, fmt.Errorf("--config: %w", err))
	}
	if len(wrong) > 0 {
		return nil, cli.Misused("chatctl config show prints what a file may hold", "%s", strings.ReplaceAll(errors.Join(wrong...).Error(), "\n", "; "))
	}
	return origins, nil
}

// settingsFile is the file that was named, which must be there, or the usual one.
func (a *commands) settingsFile(named string) (path string, must bool, err error) {
	if named != "" {
		path, err = filepath.Abs(named)
		return path, true, err
	}
	dir, err := a.Env.ConfigDir()
	if err != nil {
		return "", false, nil // no home: a service gets its file with --config
	}
	return filepath.Join(dir, "server.yaml"), false, nil
}

// variable is the environment's name of a setting.
func variable(name string) string {
	return "CHATCTL_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// readSettings sets what nobody set before from a YAML mapping of names to values or lists.
func readSettings(path string, text []byte, flags *pflag.FlagSet, origins map[string]string) (wrong []error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return []error{fmt.Errorf("%s: %w", path, err)}
	}
	if len(doc.Content) == 0 {
		return nil // nothing but comments
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return []error{fmt.Errorf("%s:%d: not a list of settings, each NAME: VALUE", path, root.Line)}
	}
	seen := map[string]int{}
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		place := fmt.Sprintf("%s:%d", path, key.Line)
		f := flags.Lookup(key.Value)
		switch {
		case f == nil || f.Name == configFlag:
			wrong = append(wrong, fmt.Errorf("%s: there is no setting %q%s", place, key.Value, nearest(key.Value, flags)))
			continue
		case seen[key.Value] > 0:
			wrong = append(wrong, fmt.Errorf("%s: %s was set in line %d already", place, key.Value, seen[key.Value]))
			continue
		}
		seen[key.Value] = key.Line
		if origins[f.Name] != "default" {
			continue // said with more weight
		}
		origins[f.Name] = place
		if err := setFlag(f, value); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %s: %w", place, key.Value, err))
		}
	}
	return wrong
}

// setFlag gives f a scalar, or a list where f takes one.
func setFlag(f *pflag.Flag, value *yaml.Node) error {
	list, takesList := f.Value.(pflag.SliceValue)
	switch {
	case value.Kind == yaml.SequenceNode && takesList:
		values := make([]string, len(value.Content))
		for i, v := range value.Content {
			if v.Kind != yaml.ScalarNode {
				return fmt.Errorf("line %d is no plain value", v.Line)
			}
			values[i] = v.Value
		}
		return list.Replace(values)
	case value.Kind != yaml.ScalarNode || value.Tag == "!!null":
		return errors.New("takes one plain value")
	}
	return f.Value.Set(value.Value)
}

// nearest is the setting that was probably meant, as an addition to a sentence.
func nearest(name string, flags *pflag.FlagSet) (hint string) {
	names := []string{}
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return alike(name, names)
}

// alike names the one of names that was probably meant.
func alike(name string, names []string) (hint string) {
	least := 3
	for _, n := range names {
		if d := distance(name, n); d < least {
			least, hint = d, fmt.Sprintf("; %s is one", n)
		}
	}
	return hint
}

// distance is how many letters have to be changed, put in or left out (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			swap := before
			if a[i] != b[j] {
				swap++
			}
			before, row[j+1] = row[j+1], min(swap, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// effective lists the settings as they stand after settle, by name. What is secret in a value is left out.
func effective(flags *pflag.FlagSet, origins map[string]string) (list []api.Setting) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == configFlag {
			return
		}
		s := api.Setting{Name: f.Name, Value: redacted(f.Value.String()), Origin: origins[f.Name]}
		if l, ok := f.Value.(pflag.SliceValue); ok {
			s.Value, s.Values = "", slices.Clone(l.GetSlice())
		}
		list = append(list, s)
	})
	return list
}

// redacted is a URL without its password, and anything else as it is.
func redacted(value string) string {
	if u, err := url.Parse(value); err == nil && u.User != nil {
		return u.Redacted()
	}
	return value
}

// settingLine is a setting as a file has it.
func settingLine(flags *pflag.FlagSet, s api.Setting) (string, error) {
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: s.Value}
	switch flags.Lookup(s.Name).Value.(type) {
	case pflag.SliceValue:
		node = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, v := range s.Values {
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v})
		}
	default:
		if flags.Lookup(s.Name).Value.Type() == "string" {
			node.Tag = "!!str"
		}
	}
	b, err := yaml.Marshal(node)
	return s.Name + ": " + string(bytes.TrimSpace(b)), err
}

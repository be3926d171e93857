// Package slash reads the commands that people write instead of a message.
//
// It is pure: Parse says what a line asks for, Known lists what there is, for
// completion and help. Carrying commands out is the screen's matter.
package slash

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/api/text/act"
)

// Command is one of the types below.
type Command interface{ command() }

// The commands. Handles are without their @ and well formed.
type (
	// Direct opens the conversation with a person, and sends Text in it if there is any.
	Direct struct{ Handle, Text string }
	// Group makes a group.
	Group struct {
		Name    string
		Handles []string
	}
	// Invite adds people to this group.
	Invite struct{ Handles []string }
	// Kick removes a member of this group.
	Kick struct{ Handle string }
	// Leave leaves this group.
	Leave struct{}
	// Rename gives this group another name.
	Rename struct{ Name string }
	// Block blocks a person; no handle means the other of this direct conversation.
	Block struct{ Handle string }
	// Unblock ends a block; no handle means the other of this direct conversation.
	Unblock struct{ Handle string }
	// Me sends what one does rather than says.
	Me struct{ Text string }
	// Reply answers the latest message of somebody else.
	Reply struct{ Text string }
	// Edit gives the own latest message another text; without one it is taken into the composer.
	Edit struct{ Text string }
	// Delete deletes the own latest message.
	Delete struct{}
	// Mute silences this conversation on this machine, or ends that.
	Mute struct{}
	// Search looks for Text in what is loaded.
	Search struct{ Text string }
	// Profile goes on as another profile; without a name it lists them.
	Profile struct{ Name string }
	// Sessions lists the own sign-ins.
	Sessions struct{}
	// Export writes the own data to a file; without a name it is the screen's choice.
	Export struct{ File string }
	// Quit ends the program.
	Quit struct{}
	// Help shows the help page.
	Help struct{}
)

func (Direct) command()   {}
func (Group) command()    {}
func (Invite) command()   {}
func (Kick) command()     {}
func (Leave) command()    {}
func (Rename) command()   {}
func (Block) command()    {}
func (Unblock) command()  {}
func (Me) command()       {}
func (Reply) command()    {}
func (Edit) command()     {}
func (Delete) command()   {}
func (Mute) command()     {}
func (Search) command()   {}
func (Profile) command()  {}
func (Sessions) command() {}
func (Export) command()   {}
func (Quit) command()     {}
func (Help) command()     {}

// Message is the text of the message that tells of m.
func (m Me) Message() string { return act.Do(m.Text) }

// Known is one command for completion and help.
type Known struct {
	Name  string // without the slash
	Usage string // what stands after it
	Help  string
}

// All lists the commands, in the order of the help page.
func All() []Known {
	all := make([]Known, 0, len(table))
	for _, e := range table {
		all = append(all, e.Known)
	}
	return all
}

// Is reports whether a composed text is a command rather than a message. A text
// that begins with // is a message whose first slash Message takes away.
func Is(s string) bool { return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") }

// Message is the message that a composed text which is no command says.
func Message(s string) string {
	if strings.HasPrefix(s, "//") {
		s = s[1:]
	}
	return act.Say(s)
}

// Written is how the text of a message is composed: what Message, or /me, makes it of.
func Written(message string) string {
	s, does := act.Said(message)
	switch {
	case does:
		return message
	case strings.HasPrefix(s, "/"):
		return "/" + s
	}
	return s
}

// Parse reads a text for which Is holds. Its errors tell people what was wrong and how the command is written.
func Parse(s string) (Command, error) {
	name, rest, _ := cutSpace(strings.TrimPrefix(s, "/"))
	for _, e := range table {
		if e.Name != name {
			continue
		}
		c, err := e.parse(strings.TrimSpace(rest))
		if err != nil {
			return nil, fmt.Errorf("%w; it is /%s", err, strings.TrimSpace(e.Name+" "+e.Usage))
		}
		return c, nil
	}
	hint := ""
	if near := nearest(name); near != "" {
		hint = "; /" + near + " is one"
	}
	return nil, fmt.Errorf("there is no command /%s%s (a message that begins with a slash is written //%s)", text.Clip(name, 30), hint, text.Clip(name, 30))
}

type entry struct {
	Known
	parse func(rest string) (Command, error)
}

var table = []entry{
	{Known{"dm", "@HANDLE [TEXT]", "open the conversation with a person"}, direct},
	{Known{"group", "NAME [@HANDLE…]", "make a group"}, group},
	{Known{"invite", "@HANDLE…", "add people to this group"}, invite},
	{Known{"kick", "@HANDLE", "remove a member of this group"}, person(func(h string) Command { return Kick{h} }, true)},
	{Known{"leave", "", "leave this group"}, alone(Leave{})},
	{Known{"rename", "NAME", "give this group another name"}, rename},
	{Known{"block", "[@HANDLE]", "hear no more of a person"}, person(func(h string) Command { return Block{h} }, false)},
	{Known{"unblock", "[@HANDLE]", "hear a person again"}, person(func(h string) Command { return Unblock{h} }, false)},
	{Known{"me", "TEXT", "say what you do"}, words("what you do", func(s string) Command { return Me{s} })},
	{Known{"reply", "TEXT", "reply to the latest message"}, words("the reply", func(s string) Command { return Reply{s} })},
	{Known{"edit", "[TEXT]", "edit your latest message"}, maybe(func(s string) Command { return Edit{s} })},
	{Known{"delete", "", "delete your latest message"}, alone(Delete{})},
	{Known{"mute", "", "no bell for this conversation on this machine, or again"}, alone(Mute{})},
	{Known{"search", "[TEXT]", "search what is loaded"}, maybe(func(s string) Command { return Search{s} })},
	{Known{"profile", "[NAME]", "go on as another profile"}, maybe(func(s string) Command { return Profile{s} })},
	{Known{"sessions", "", "your sign-ins"}, alone(Sessions{})},
	{Known{"export", "[FILE]", "write all your data to a file"}, maybe(func(s string) Command { return Export{s} })},
	{Known{"help", "", "keys and commands"}, alone(Help{})},
	{Known{"quit", "", "end chatctl"}, alone(Quit{})},
}

func alone(c Command) func(string) (Command, error) {
	return func(rest string) (Command, error) {
		if rest != "" {
			return nil, errors.New("it takes nothing after it")
		}
		return c, nil
	}
}

func words(what string, made func(string) Command) func(string) (Command, error) {
	return func(rest string) (Command, error) {
		if rest == "" {
			return nil, fmt.Errorf("%s is missing", what)
		}
		return made(rest), nil
	}
}

func maybe(made func(string) Command) func(string) (Command, error) {
	return func(rest string) (Command, error) { return made(rest), nil }
}

func person(made func(string) Command, must bool) func(string) (Command, error) {
	return func(rest string) (Command, error) {
		if rest == "" && !must {
			return made(""), nil
		}
		h, more, _ := cutSpace(rest)
		if strings.TrimSpace(more) != "" {
			return nil, errors.New("it takes one person")
		}
		h, err := handle(h)
		if err != nil {
			return nil, err
		}
		return made(h), nil
	}
}

func direct(rest string) (Command, error) {
	h, words, _ := cutSpace(rest)
	h, err := handle(h)
	if err != nil {
		return nil, err
	}
	return Direct{h, strings.TrimSpace(words)}, nil
}

func group(rest string) (Command, error) {
	name, people := rest, ""
	for i, r := range rest {
		if r == '@' && (i == 0 || unicode.IsSpace(rune(rest[i-1]))) {
			name, people = rest[:i], rest[i:]
			break
		}
	}
	name, err := groupName(name)
	if err != nil {
		return nil, err
	}
	g := Group{Name: name}
	if people != "" {
		if g.Handles, err = handles(people); err != nil {
			return nil, err
		}
	}
	if len(g.Handles) > api.MaxGroupCreate {
		return nil, fmt.Errorf("a group begins with at most %d people", api.MaxGroupCreate)
	}
	return g, nil
}

func invite(rest string) (Command, error) {
	hs, err := handles(rest)
	return Invite{hs}, err
}

func rename(rest string) (Command, error) {
	name, err := groupName(rest)
	return Rename{name}, err
}

// groupName is a group's name, which people may write as the screen shows it.
func groupName(s string) (string, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "#")
	if s == "" {
		return "", errors.New("the name is missing")
	}
	if err := text.Name(s, api.MaxName); err != nil {
		return "", fmt.Errorf("the name: %w", err)
	}
	if strings.HasPrefix(s, "@") { // chatctl send would take it for a person
		return "", errors.New("a group's name does not begin with @")
	}
	return s, nil
}

func handles(s string) ([]string, error) {
	var hs []string
	for _, f := range strings.Fields(s) {
		h, err := handle(f)
		if err != nil {
			return nil, err
		}
		hs = append(hs, h)
	}
	if len(hs) == 0 {
		return nil, errors.New("whom is missing")
	}
	return hs, nil
}

func handle(s string) (string, error) {
	h := strings.TrimPrefix(s, "@")
	if h == "" {
		return "", errors.New("whom is missing")
	}
	if err := text.Handle(h); err != nil {
		return "", fmt.Errorf("@%s is no handle: %w", text.Clip(h, 40), err)
	}
	return h, nil
}

func cutSpace(s string) (word, rest string, found bool) {
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i:], true
}

// nearest is the only command that begins with name, or one that differs by a letter.
func nearest(name string) string {
	var begin []string
	for _, e := range table {
		if name != "" && strings.HasPrefix(e.Name, name) {
			begin = append(begin, e.Name)
		}
	}
	if len(begin) == 1 {
		return begin[0]
	}
	for _, e := range table {
		if len(name) > 1 && near(name, e.Name) {
			return e.Name
		}
	}
	return ""
}

// near reports whether one letter added, left out, changed or swapped with its neighbour makes b of a.
func near(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		if i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] {
			return a[i+2:] == b[i+2:]
		}
		return i < len(a) && a[i+1:] == b[i+1:]
	case 1:
		return a[i:] == b[i+1:]
	}
	return false
}

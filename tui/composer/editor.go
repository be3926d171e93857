package composer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/chatctl/chatctl/server/api"

	tea "github.com/charmbracelet/bubbletea"
)

// edited is what came back from the editor.
type edited struct {
	conversation api.ConversationID
	before       string // what was written when it began
	after        string
	err          error
}

// edit opens the text in $EDITOR. The screen is the editor's until it ends.
func (m Model) edit() (Model, tea.Cmd) {
	if m.cfg.Editor == "" {
		return m.tell(Trouble{errors.New("there is no editor: set EDITOR, as in EDITOR=vi")}), nil
	}
	e := &editor{command: m.cfg.Editor, text: m.buf.Text()}
	id, before := m.open, e.text
	return m, tea.Exec(e, func(err error) tea.Msg {
		return edited{conversation: id, before: before, after: e.text, err: err}
	})
}

// written takes the text from the editor. It is not sent, and undo brings back the one before.
func (m Model) written(e edited) (Model, tea.Cmd) {
	m, cmd := m.take(e)
	return m, tea.Batch(cmd, func() tea.Msg { return tea.ResumeMsg{} }) // the terminal is ours again
}

func (m Model) take(e edited) (Model, tea.Cmd) {
	switch {
	case e.err != nil:
		return m.tell(Trouble{e.err}), nil
	case e.conversation != m.open || m.buf.Text() == e.after:
		return m, nil
	case !m.buf.Replace(0, len(m.buf.Text()), e.after):
		return m.tell(Trouble{fmt.Errorf("the text from the editor is longer than %d bytes", paste)}), nil
	}
	return m.changed()
}

// notFound is how a shell ends that was asked for a command that is not there.
const notFound = 127

// editor runs the editor on a file that only its owner can read. It is a tea.ExecCommand.
type editor struct {
	command string
	text    string
	in      io.Reader
	out     io.Writer
	err     io.Writer
}

func (e *editor) SetStdin(r io.Reader)  { e.in = r }
func (e *editor) SetStderr(w io.Writer) { e.err = w }

// SetStdout takes the terminal itself where w only changes what is written to it:
// else the editor gets a pipe.
func (e *editor) SetStdout(w io.Writer) {
	if over, ok := w.(interface{ Terminal() io.Writer }); ok {
		w = over.Terminal()
	}
	e.out = w
}

// Run returns after the editor has ended and its file is gone.
func (e *editor) Run() (err error) {
	dir, err := os.MkdirTemp("", "chatctl-")
	if err != nil {
		return fmt.Errorf("opening the editor: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "message.md")
	if err := os.WriteFile(file, []byte(e.text), 0o600); err != nil {
		return fmt.Errorf("opening the editor: %w", err)
	}
	cmd := e.process(file)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.in, e.out, e.err
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) && exit.ExitCode() == notFound {
		return fmt.Errorf("there is no editor %q: set EDITOR, as in EDITOR=vi", e.command)
	} else if err != nil {
		return fmt.Errorf("the editor %q: %w; the text is as it was", e.command, err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading what the editor wrote: %w", err)
	}
	e.text = strings.TrimRight(string(b), "\r\n")
	return nil
}

// process is the editor's command, which may have arguments and quotes, through the shell where there is one.
func (e *editor) process(file string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		words := strings.Fields(e.command)
		return exec.Command(words[0], append(words[1:], file)...)
	}
	return exec.Command("sh", "-c", e.command+` "$1"`, "sh", file)
}

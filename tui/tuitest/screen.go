package tuitest

import (
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// screen is the emulator behind a lock, with what people notice beside the text.
type screen struct {
	mu       sync.Mutex
	emulator *vt.Emulator
	seen     seen
	modes    map[ansi.Mode]bool // that the program has set
	drained  chan struct{}
}

// seen is what has come to the terminal so far.
type seen struct {
	title     string
	bells     int
	notes     []string
	clipboard string
	changed   chan struct{} // closed with the next write
}

func newScreen(width, height int) *screen {
	s := &screen{emulator: vt.NewEmulator(width, height), seen: seen{changed: make(chan struct{})}, modes: map[ansi.Mode]bool{}, drained: make(chan struct{})}
	s.emulator.SetCallbacks(vt.Callbacks{
		EnableMode:  func(mode ansi.Mode) { s.modes[mode] = true },
		DisableMode: func(mode ansi.Mode) { delete(s.modes, mode) },
		Bell:        func() { s.seen.bells++ },
		Title:       func(title string) { s.seen.title = title },
	})
	note := func(data []byte) bool {
		s.seen.notes = append(s.seen.notes, string(data))
		return true
	}
	s.emulator.RegisterOscHandler(9, note)
	s.emulator.RegisterOscHandler(777, note)
	s.emulator.RegisterOscHandler(52, s.copied)
	go func() { // the emulator's answers to queries, which no program here asks
		defer close(s.drained)
		io.Copy(io.Discard, s.emulator) //nolint:errcheck // it ends with close
	}()
	return s
}

// copied takes an OSC 52: what is after the last semicolon, in base64.
func (s *screen) copied(data []byte) bool {
	parts := strings.Split(string(data), ";")
	text, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err == nil {
		s.seen.clipboard = string(text)
	}
	return err == nil
}

// Write is the program's output.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.emulator.Write(b)
	close(s.seen.changed)
	s.seen.changed = make(chan struct{})
	return n, err
}

func (s *screen) get() seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.seen
	now.notes = slices.Clone(now.notes)
	return now
}

func (s *screen) set(mode ansi.Mode) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.modes[mode]
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for y := range s.emulator.Height() {
		var line strings.Builder
		for x := 0; x < s.emulator.Width(); x++ {
			cell := s.emulator.CellAt(x, y)
			if cell == nil || cell.Content == "" && cell.Width <= 1 {
				line.WriteByte(' ')
				continue
			}
			line.WriteString(cell.Content)
			x += max(cell.Width-1, 0)
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

func (s *screen) resize(width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emulator.Resize(width, height)
}

// close ends the answers. Not by the emulator's Close, which races with its Read.
func (s *screen) close() {
	s.emulator.InputPipe().(io.Closer).Close() //nolint:errcheck // a pipe in memory
	<-s.drained
}

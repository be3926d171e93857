package logs

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api/text"
)

// console writes a line for people: time, level, message, attributes.
type console struct {
	level  slog.Leveler
	color  bool
	attrs  string // of WithAttrs, written out
	prefix string // of WithGroup: the groups' names, each with a dot

	mu *sync.Mutex // of w; shared by all that came from one Console
	w  io.Writer
}

// Console writes lines for people, with colours where color says so.
func Console(w io.Writer, level slog.Leveler, color bool) slog.Handler {
	return &console{level: level, color: color, mu: &sync.Mutex{}, w: w}
}

func (c *console) Enabled(_ context.Context, l slog.Level) bool { return l >= c.level.Level() }

func (c *console) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	if !r.Time.IsZero() {
		b.WriteString(r.Time.Format("15:04:05.000 "))
	}
	b.WriteString(c.paint(r.Level, r.Level.String()))
	b.WriteString(strings.Repeat(" ", max(1, 6-len(r.Level.String()))))
	b.WriteString(text.Show(r.Message))
	b.WriteString(c.attrs)
	r.Attrs(func(a slog.Attr) bool {
		write(&b, c.prefix, a)
		return true
	})
	b.WriteByte('\n')
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := io.WriteString(c.w, b.String())
	return err
}

func (c *console) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(c.attrs)
	for _, a := range attrs {
		write(&b, c.prefix, a)
	}
	with := *c
	with.attrs = b.String()
	return &with
}

func (c *console) WithGroup(name string) slog.Handler {
	with := *c
	if name != "" {
		with.prefix += name + "."
	}
	return &with
}

// paint colours what is worse than usual.
func (c *console) paint(l slog.Level, s string) string {
	switch {
	case !c.color:
		return s
	case l >= slog.LevelError:
		return "\x1b[31m" + s + "\x1b[0m"
	case l >= slog.LevelWarn:
		return "\x1b[33m" + s + "\x1b[0m"
	case l < slog.LevelInfo:
		return "\x1b[2m" + s + "\x1b[0m"
	}
	return s
}

// write appends " key=value", or one for each of a group.
func write(b *strings.Builder, prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, in := range v.Group() {
			write(b, prefix, in)
		}
		return
	}
	s := v.String()
	if v.Kind() == slog.KindTime {
		s = v.Time().Format(time.RFC3339)
	}
	s = text.Show(s)
	if s == "" || strings.ContainsAny(s, " \"=") {
		s = strconv.Quote(s)
	}
	b.WriteString("  " + prefix + a.Key + "=" + s)
}

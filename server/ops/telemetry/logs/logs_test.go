package logs_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/chatctl/chatctl/server/ops/telemetry/logs"
	"github.com/go-json-experiment/json"
)

// ours undoes the schema's names, so that slogtest finds its own.
func ours(line []byte) map[string]any {
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil
	}
	out := map[string]any{}
	for k, v := range fields {
		for from, to := range map[string]string{"@timestamp": slog.TimeKey, "log.level": slog.LevelKey, "message": slog.MessageKey} {
			if k == from {
				k = to
			}
		}
		out[strings.TrimPrefix(k, "chatctl.")] = v
	}
	return out
}

func TestECSIsAHandlerLikeAnyOther(t *testing.T) {
	var b bytes.Buffer
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		b.Reset()
		return logs.ECS(&b, slog.LevelInfo, "1.2.3")
	}, func(t *testing.T) map[string]any { return ours(b.Bytes()) })
}

func TestConsoleIsAHandlerLikeAnyOther(t *testing.T) {
	var b bytes.Buffer
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		b.Reset()
		return logs.Console(&b, slog.LevelInfo, false)
	}, func(t *testing.T) map[string]any { return parsed(b.String()) })
}

// parsed reads a console line back.
func parsed(line string) map[string]any {
	out := map[string]any{}
	parts := strings.Split(strings.TrimSuffix(line, "\n"), "  ")
	for i, p := range parts {
		key, value, is := strings.Cut(p, "=")
		switch {
		case i == 0 || !is && p != "":
			for _, word := range strings.Fields(p) {
				switch {
				case strings.Count(word, ":") == 2:
					out[slog.TimeKey] = word
				case word == "INFO":
					out[slog.LevelKey] = word
				default:
					out[slog.MessageKey] = word
				}
			}
		case is:
			m := out
			names := strings.Split(key, ".")
			for _, n := range names[:len(names)-1] {
				if m[n] == nil {
					m[n] = map[string]any{}
				}
				m = m[n].(map[string]any)
			}
			m[names[len(names)-1]] = value
		}
	}
	return out
}

func TestFieldsHaveTheSchemasNames(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logs.ECS(&b, slog.LevelInfo, "1.2.3"))
	log.Warn("partition paused", "topic", "actions.chat", "user", "7", "err", errors.New("disk"))
	for _, want := range []string{`{"@timestamp":"`, `"log.level":"warn"`, `"message":"partition paused"`, `"ecs.version":"`, `"service.name":"chatctl"`,
		`"service.version":"1.2.3"`, `"chatctl.topic":"actions.chat"`, `"user.id":"7"`, `"error.message":"disk"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in %s", want, &b)
		}
	}
}

func TestNobodysTextDrivesATerminalOrPosesAsALine(t *testing.T) {
	bad := "a\x1b[31m\n{\"log.level\":\"info\"}\u009b2J\u202e"
	for name, handler := range map[string]func(io.Writer) slog.Handler{
		"ecs":     func(w io.Writer) slog.Handler { return logs.ECS(w, slog.LevelInfo, "") },
		"console": func(w io.Writer) slog.Handler { return logs.Console(w, slog.LevelInfo, false) },
	} {
		var b bytes.Buffer
		log := slog.New(handler(&b)).With("before", bad).WithGroup("g")
		log.Error(bad, "said", bad, "err", errors.New(bad), slog.Group("in", "said", bad))
		if strings.Count(b.String(), "\n") != 1 || strings.ContainsAny(b.String(), "\x1b\u009b\u202e") || strings.Contains(b.String(), `\u001b`) {
			t.Errorf("%s wrote %q", name, b.String())
		}
	}
}

func TestColoursAreOnlyOfLevels(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logs.Console(&b, slog.LevelDebug, true))
	log.Info("plain", "n", 1)
	if strings.Contains(b.String(), "\x1b") {
		t.Errorf("%q", b.String())
	}
	log.Error("bad", "why", "a b")
	if !strings.Contains(b.String(), "\x1b[31mERROR\x1b[0m bad  why=\"a b\"\n") {
		t.Errorf("%q", b.String())
	}
}

// Package logs writes what a server says: in the field names of the Elastic
// Common Schema for programs, in one readable line for people.
//
// What somebody else wrote comes out with its control characters visible,
// whoever reads it and with whatever. Handlers may be used concurrently; each
// record is one Write of one line.
package logs

import (
	"io"
	"log/slog"
	"strings"

	"github.com/chatctl/chatctl/server/api/text"
)

// ecsVersion is the version of the schema whose names are used.
const ecsVersion = "8.17.0"

// names are what the schema calls our attributes. Ours that it does not know
// stand below chatctl, so that they never clash with a name of a later version.
var names = map[string]string{
	slog.TimeKey: "@timestamp", slog.LevelKey: "log.level", slog.MessageKey: "message",
	"err": "error.message", "stack": "error.stack_trace", "user": "user.id", "file": "file.path",
}

// ECS writes JSON lines for a log shipper.
func ECS(w io.Writer, level slog.Leveler, version string) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: ecsAttr}).WithAttrs([]slog.Attr{
		slog.String("ecs.version", ecsVersion), slog.String("service.name", "chatctl"), slog.String("service.version", version),
	})
}

func ecsAttr(groups []string, a slog.Attr) slog.Attr {
	if a.Equal(slog.Attr{}) {
		return a
	}
	if len(groups) == 0 {
		if level, is := a.Value.Any().(slog.Level); is && a.Key == slog.LevelKey {
			a.Value = slog.StringValue(strings.ToLower(level.String()))
		}
		switch name, known := names[a.Key]; {
		case known:
			a.Key = name
		case !strings.Contains(a.Key, "."):
			a.Key = "chatctl." + a.Key
		}
	}
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(text.Show(v))
	case error:
		a.Value = slog.StringValue(text.Show(v.Error()))
	}
	return a
}

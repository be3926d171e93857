package embedded

import (
	"log/slog"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// StartNATSChanged is StartNATS with options changed before the start.
func StartNATSChanged(dir string, maxStore int64, log *slog.Logger, change func(*server.Options)) (*server.Server, *nats.Conn, error) {
	opts := natsOptions(dir, maxStore)
	change(opts)
	return startNATS(opts, dir, maxStore, log)
}

package jetstream_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/bus/bustest"
	"github.com/chatctl/chatctl/server/bus/jetstream"
)

var harness = bustest.Harness{Open: openEmbedded}

func TestMain(m *testing.M) {
	status := bustest.Main(m, harness)
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func TestLog(t *testing.T)  { bustest.Log(t, harness) }
func TestLive(t *testing.T) { bustest.Live(t, harness) }

func Benchmark(b *testing.B) { bustest.Bench(b, harness) }

func openEmbedded(ctx context.Context, dir string, t bustest.Topic, log *slog.Logger) (bustest.Opened, error) {
	srv, conn, err := embedded.StartNATS(dir, 1<<30, log)
	if err != nil {
		return bustest.Opened{}, err
	}
	stop := func() {
		conn.Close()
		srv.Shutdown()
		srv.WaitForShutdown()
	}
	engine, err := jetstream.Open(ctx, jetstream.Config{
		Server: srv, Conn: conn, Dir: dir, Log: log,
		Topics: []jetstream.Topic{{
			Name: t.Name, LogID: t.LogID, Created: t.Created, Pos: t.Pos, Published: t.Published,
			MaxBytes: t.MaxBytes, MarkCreated: t.MarkCreated,
		}},
	})
	if err != nil {
		stop()
		return bustest.Opened{}, err
	}
	return bustest.Opened{Engine: engine, Live: jetstream.NewLive(), Close: func() { engine.Close(); stop() }}, nil
}

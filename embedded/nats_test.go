package embedded_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/chatctl/chatctl/embedded"
)

const natsStore = 1 << 30

func stopNATS(srv *server.Server, conn *nats.Conn) {
	conn.Close()
	srv.Shutdown()
	srv.WaitForShutdown()
}

func TestTheEmbeddedLogOpensNoPortAndSyncsAlways(t *testing.T) {
	srv, conn, err := embedded.StartNATS(t.TempDir(), natsStore, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer stopNATS(srv, conn)
	if srv.Addr() != nil {
		t.Errorf("it listens on %v", srv.Addr())
	}
	if !srv.JetStreamConfig().SyncAlways {
		t.Error("it does not sync always")
	}
	if conn.Opts.Timeout <= nats.DefaultTimeout {
		t.Errorf("a start on a busy machine is given up after %s", conn.Opts.Timeout)
	}
}

func TestEachChangedDurabilitySettingIsRefused(t *testing.T) {
	elsewhere := t.TempDir()
	for setting, change := range map[string]func(*server.Options){
		"sync_always":        func(o *server.Options) { o.SyncAlways = false },
		"max_storage":        func(o *server.Options) { o.JetStreamMaxStore = natsStore / 2 },
		"store_dir":          func(o *server.Options) { o.StoreDir = elsewhere },
		"listening address":  func(o *server.Options) { o.DontListen, o.Host, o.Port = false, "127.0.0.1", server.RANDOM_PORT },
		"monitoring address": func(o *server.Options) { o.HTTPHost, o.HTTPPort = "127.0.0.1", server.RANDOM_PORT },
		"max_payload":        func(o *server.Options) { o.MaxPayload = 64 << 10 },
		"JetStream":          func(o *server.Options) { o.JetStream = false },
	} {
		t.Run(setting, func(t *testing.T) {
			srv, conn, err := embedded.StartNATSChanged(t.TempDir(), natsStore, slog.New(slog.DiscardHandler), change)
			if err == nil {
				stopNATS(srv, conn)
				t.Fatal("it was accepted")
			}
			if !strings.Contains(err.Error(), setting) {
				t.Errorf("the refusal does not name the setting: %v", err)
			}
		})
	}
}

func TestTheEmbeddedLogNeedsADirectory(t *testing.T) {
	if srv, conn, err := embedded.StartNATS("", natsStore, slog.New(slog.DiscardHandler)); err == nil {
		stopNATS(srv, conn)
		t.Fatal("it started in a temporary directory")
	}
}

func TestWarningsOfTheEmbeddedLogReachOurs(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "jetstream", "$G", "streams", "broken")
	if err := os.MkdirAll(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "meta.inf"), []byte("not json"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	srv, conn, err := embedded.StartNATS(dir, natsStore, slog.New(slog.NewTextHandler(&out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	stopNATS(srv, conn)
	if !strings.Contains(out.String(), "level=WARN") {
		t.Errorf("nothing was said about a stream that is not loaded: %s", &out)
	}
}

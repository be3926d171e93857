package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// How long the server may take to recover its streams, and then to greet its
// one client: a million stored messages took 0.4 s (measured, C), but a machine
// that has much else to do lets both wait.
const natsReady = 60 * time.Second

// StartNATS runs a JetStream server in this process, which listens on no port,
// keeps its files below dir, syncs each message before it acknowledges it and
// sets maxStore bytes aside for streams. Its warnings go to log. The settings
// that durability rests on are read back from the running server; one that
// differs is an error. Close the connection, then call Shutdown and
// WaitForShutdown on the server.
func StartNATS(dir string, maxStore int64, log *slog.Logger) (*server.Server, *nats.Conn, error) {
	if dir == "" {
		return nil, nil, errors.New("starting the embedded log: no directory was given")
	}
	return startNATS(natsOptions(dir, maxStore), dir, maxStore, log)
}

func natsOptions(dir string, maxStore int64) *server.Options {
	return &server.Options{
		ServerName: "chatctl",
		DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, SyncAlways: true,
		JetStreamMaxStore: maxStore, JetStreamMaxMemory: 16 << 20,
	}
}

func startNATS(opts *server.Options, dir string, maxStore int64, log *slog.Logger) (*server.Server, *nats.Conn, error) {
	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, nil, fmt.Errorf("starting the embedded log: %w", err)
	}
	srv.SetLoggerV2(natsLog{log}, false, false, false)
	srv.Start()
	conn, err := connectNATS(srv, dir, maxStore, log)
	if err != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil, nil, fmt.Errorf("starting the embedded log: %w", err)
	}
	return srv, conn, nil
}

func connectNATS(srv *server.Server, dir string, maxStore int64, log *slog.Logger) (*nats.Conn, error) {
	if !srv.ReadyForConnections(natsReady) {
		return nil, fmt.Errorf("it was not ready within %s", natsReady)
	}
	if err := checkNATS(srv, dir, maxStore); err != nil {
		return nil, err
	}
	return nats.Connect("", nats.InProcessServer(srv), nats.Name("chatctl"), nats.Timeout(natsReady),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("embedded log's connection is disturbed", "err", err)
		}))
}

// checkNATS compares what the running server does with what promises, "Embedded
// durability", needs. All that differs is named at once.
func checkNATS(srv *server.Server, dir string, maxStore int64) error {
	is := srv.JetStreamConfig()
	if is == nil {
		return errors.New("JetStream is not enabled")
	}
	var errs []error
	need := func(ok bool, setting string, is any) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s is %v", setting, is))
		}
	}
	need(is.SyncAlways, "sync_always", is.SyncAlways)
	need(is.MaxStore == maxStore, "max_storage", is.MaxStore)
	need(is.StoreDir == filepath.Join(dir, server.JetStreamStoreDir), "store_dir", is.StoreDir)
	need(srv.Addr() == nil, "listening address", srv.Addr())
	need(srv.MonitorAddr() == nil, "monitoring address", srv.MonitorAddr())
	need(srv.ClusterAddr() == nil, "cluster address", srv.ClusterAddr())
	if v, err := srv.Varz(nil); err != nil {
		errs = append(errs, err)
	} else {
		need(v.MaxPayload >= server.MAX_PAYLOAD_SIZE, "max_payload", v.MaxPayload)
	}
	if len(errs) > 0 {
		return fmt.Errorf("a setting that durability rests on is not in force: %w", errors.Join(errs...))
	}
	return nil
}

// natsLog passes the server's log on: that a block was cut off or a stream not
// loaded is only said there (measured, C).
type natsLog struct{ log *slog.Logger }

func (l natsLog) text(format string, v []any) slog.Attr {
	return slog.String("text", fmt.Sprintf(format, v...))
}

func (l natsLog) Noticef(format string, v ...any) {
	l.log.Debug("embedded log says", l.text(format, v))
}
func (l natsLog) Warnf(format string, v ...any) { l.log.Warn("embedded log warns", l.text(format, v)) }
func (l natsLog) Errorf(format string, v ...any) {
	l.log.Error("embedded log fails", l.text(format, v))
}
func (l natsLog) Fatalf(format string, v ...any) {
	l.log.Error("embedded log fails", l.text(format, v))
}
func (l natsLog) Debugf(string, ...any) {}
func (l natsLog) Tracef(string, ...any) {}

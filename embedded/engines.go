package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/chatctl/chatctl/embedded/disk"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/bus/jetstream"
	"github.com/chatctl/chatctl/server/store"
	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
)

// logBytes is what the log of one topic may hold of work that waits.
const logBytes = 4 << 30

// Config says where the embedded engines lie and what they may use.
type Config struct {
	Data     string // the data directory
	MinFree  int64  // bytes of free disk below which new work is refused
	LogBytes int64  // what one topic's log may hold; 0 is 4 GiB
	Force    bool   // also on a file system that cannot keep the promises

	PurgeBytes int64 // the log is purged when so much may go; 0 is 64 MiB
	Faults     jetstream.Faults
}

// Engines are the embedded engines of one process, open until Close.
type Engines struct {
	dir      *Dir
	cfg      Config
	log      *slog.Logger
	chat     store.DB
	accounts store.DB
	mailbox  *Mailbox
	space    *disk.Space
	live     *jetstream.Live

	mu     sync.Mutex
	server *natsd.Server
	conn   *nats.Conn
	engine *jetstream.Engine
}

// OpenEngines takes the data directory and opens the databases in it. The log
// is opened by the server, which knows from the databases where it must stand.
func OpenEngines(ctx context.Context, cfg Config, log *slog.Logger) (_ *Engines, err error) {
	if cfg.LogBytes == 0 {
		cfg.LogBytes = logBytes
	}
	e := &Engines{cfg: cfg, log: log, live: jetstream.NewLive()}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if e.dir, err = Open(cfg.Data, cfg.Force, log); err != nil {
		return nil, err
	}
	e.space = disk.NewSpace(e.dir.Path(), cfg.MinFree, log)
	e.space.Relieve() // or nothing opens on a full disk
	if e.chat, err = store.OpenSQLite(ctx, e.dir.ChatDB(), store.SQLiteOptions{}); err != nil {
		return nil, err
	}
	if e.accounts, err = store.OpenSQLite(ctx, e.dir.AccountsDB(), store.SQLiteOptions{CacheKiB: 4 << 10}); err != nil {
		return nil, err
	}
	if e.mailbox, err = OpenMailbox(e.dir.Mail()); err != nil {
		return nil, err
	}
	return e, nil
}

// AdminSocket is where the administration API of this data directory listens.
func (e *Engines) AdminSocket(getenv func(string) string) (string, error) {
	return e.dir.AdminSocket(getenv)
}

// Dir is the data directory's path.
func (e *Engines) Dir() string { return e.dir.Path() }

// Server is what a server stands on.
func (e *Engines) Server() *server.Engines {
	return &server.Engines{
		Chat: e.chat, Accounts: e.accounts, OpenLog: e.openLog, Live: e.live, Mailbox: e.mailbox,
		Admit: e.space.Low, Full: func() { e.space.Free() }, Run: e.run,
		FreeDisk: func() (int64, error) { return disk.Free(e.dir.Path()) },
		Room:     e.room, Disk: e.disk,
	}
}

// openLog starts the log, once: several servers in one process share it.
func (e *Engines) openLog(ctx context.Context, topics []server.LogTopic) (bus.Engine, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.engine != nil {
		return e.engine, nil
	}
	var err error
	most := int64(len(topics)) * e.cfg.LogBytes
	if e.server, e.conn, err = StartNATS(e.dir.JetStream(), most, e.log); err != nil {
		return nil, err
	}
	js := jetstream.Config{Server: e.server, Conn: e.conn, Dir: e.dir.Path(), Log: e.log, PurgeBytes: e.cfg.PurgeBytes, Faults: e.cfg.Faults}
	for _, t := range topics {
		js.Topics = append(js.Topics, jetstream.Topic{
			Name: t.Name, LogID: t.LogID, Created: t.Created, Pos: t.Pos, Published: t.Published, MaxBytes: e.cfg.LogBytes,
			MarkCreated: t.MarkCreated, AcceptLoss: t.AcceptLoss, MarkLost: t.MarkLost,
		})
	}
	engine, err := jetstream.Open(ctx, js)
	if err != nil {
		return nil, err
	}
	e.engine = engine
	return engine, nil
}

// run watches the disk and the log until ctx ends.
func (e *Engines) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return e.space.Run(ctx) })
	g.Go(func() error {
		err := e.engine.Run(ctx)
		if err != nil { // the log's streams latch a full disk: the next start needs the room (promises, rule 9)
			e.space.Relieve()
		}
		return err
	})
	return g.Wait()
}

// Close closes what was opened, in the order in which nothing is missed.
func (e *Engines) Close() error {
	var errs []error
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.engine != nil {
		e.engine.Close()
	}
	if e.conn != nil {
		e.conn.Close()
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	for name, db := range map[string]store.DB{"chat": e.chat, "accounts": e.accounts} {
		if db != nil {
			if err := db.Close(); err != nil {
				errs = append(errs, fmt.Errorf("closing the database of %s: %w", name, err))
			}
		}
	}
	if e.dir != nil {
		errs = append(errs, e.dir.Close())
	}
	return errors.Join(errs...)
}

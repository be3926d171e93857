package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/bus/jetstream"
)

const (
	topicName = "actions.chat"
	stream    = "actions_chat_one"
)

// disk is a data directory with the position row that a store would keep.
type disk struct {
	*testing.T
	dir   string
	topic jetstream.Topic
	cfg   jetstream.Config // of the next open: Faults, Purge…

	srv    *natsserver.Server
	conn   *nats.Conn
	engine *jetstream.Engine
}

func newDisk(t *testing.T) *disk {
	d := &disk{T: t, dir: t.TempDir()}
	d.topic = jetstream.Topic{
		Name: topicName, LogID: "one", MaxBytes: jetstream.MinBytes,
		MarkCreated: func(context.Context) error { d.topic.Created = true; return nil },
		MarkLost:    func(context.Context) error { d.topic.Published = d.topic.Pos; return nil },
	}
	t.Cleanup(d.stop)
	return d
}

// open starts the server and opens the engine.
func (d *disk) open() error {
	d.Helper()
	log := slog.New(slog.DiscardHandler)
	var err error
	if d.srv, d.conn, err = embedded.StartNATS(d.dir, jetstream.MinBytes, log); err != nil {
		d.Fatal(err)
	}
	cfg := d.cfg
	cfg.Server, cfg.Conn, cfg.Dir, cfg.Log, cfg.Topics = d.srv, d.conn, d.dir, log, []jetstream.Topic{d.topic}
	d.engine, err = jetstream.Open(d.Context(), cfg)
	return err
}

func (d *disk) mustOpen() {
	d.Helper()
	if err := d.open(); err != nil {
		d.Fatal(err)
	}
}

func (d *disk) stop() {
	if d.engine != nil {
		d.engine.Close()
	}
	if d.srv != nil {
		d.conn.Close()
		d.srv.Shutdown()
		d.srv.WaitForShutdown()
	}
	d.engine, d.srv = nil, nil
}

// refused expects that the log is not opened, and that the error names the way out.
func (d *disk) refused(why string) {
	d.Helper()
	err := d.open()
	if err == nil {
		d.Fatal("it was opened")
	}
	for _, part := range []string{why, "chatctl doctor --accept-log-loss"} {
		if !strings.Contains(err.Error(), part) {
			d.Errorf("the refusal does not say %q: %v", part, err)
		}
	}
	d.stop()
}

// fill publishes one stored message a value.
func (d *disk) fill(values ...string) {
	d.Helper()
	for _, v := range values {
		if err := d.engine.Publish(d.Context(), topicName, []bus.Record{{Value: []byte(v)}}); err != nil {
			d.Fatal(err)
		}
	}
}

// read reads n stored messages above published.
func (d *disk) read(published int64, n int) (values []string) {
	d.Helper()
	err := d.engine.Own(d.Context(), topicName, func(ctx context.Context, p bus.Partition) error {
		if err := p.Start(ctx, published); err != nil {
			return err
		}
		for range n {
			s, err := p.Next(ctx)
			if err != nil {
				return err
			}
			for _, r := range s.Records {
				values = append(values, string(r.Value))
			}
		}
		return nil
	})
	if err != nil {
		d.Fatal(err)
	}
	return values
}

func (d *disk) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir, "jetstream", "$G", "streams", stream}, parts...)...)
}

// admin is the stream behind the engine's back.
func (d *disk) admin() natsjs.Stream {
	d.Helper()
	js, err := natsjs.New(d.conn)
	if err != nil {
		d.Fatal(err)
	}
	s, err := js.Stream(d.Context(), stream)
	if err != nil {
		d.Fatal(err)
	}
	return s
}

// three are three stored messages of which none is handled, after a stop.
func three(t *testing.T) *disk {
	d := newDisk(t)
	d.mustOpen()
	d.fill("a", "b", "c")
	d.stop()
	return d
}

// A kill between two renames leaves a stream without valid metadata, which the
// server does not load (nats-server issue 6888; measured, C.3).
func TestAStreamThatVanishedIsFoundAgainWithItsMessages(t *testing.T) {
	for _, tampered := range [][]string{{"meta.sum"}, {"meta.inf"}, {"meta.inf", "meta.sum"}} {
		for how, tamper := range map[string]func(string) error{
			"lost": os.Remove,
			"torn": func(path string) error { return os.Truncate(path, 7) },
		} {
			t.Run(fmt.Sprint(tampered, how), func(t *testing.T) {
				d := three(t)
				for _, name := range tampered {
					if err := tamper(d.path(name)); err != nil {
						t.Fatal(err)
					}
				}
				d.mustOpen()
				if got := d.read(0, 3); strings.Join(got, "") != "abc" {
					t.Errorf("read %q", got)
				}
			})
		}
	}
}

func TestALogWhoseMessagesAreGoneIsRefused(t *testing.T) {
	d := three(t)
	if err := os.RemoveAll(d.path()); err != nil {
		t.Fatal(err)
	}
	d.refused("messages are gone")
}

func TestALogThatWentBackwardsIsRefused(t *testing.T) {
	d := three(t)
	d.topic.Pos = 4
	d.refused("backwards")
}

func TestALogWithAHoleAbovePublishedIsRefused(t *testing.T) {
	d := newDisk(t)
	d.mustOpen()
	d.fill("a", "b", "c")
	if err := d.admin().DeleteMsg(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.topic.Pos, d.topic.Published = 1, 1
	d.refused("message 2 is missing")
	d.topic.Pos, d.topic.Published = 2, 2
	d.mustOpen() // below published it is harmless
	if got := d.read(2, 1); got[0] != "c" {
		t.Errorf("read %q", got)
	}
}

func TestALogPurgedBeyondThePublishedPositionIsRefused(t *testing.T) {
	d := newDisk(t)
	d.mustOpen()
	d.fill("a", "b", "c")
	if err := d.admin().Purge(t.Context(), natsjs.WithPurgeSequence(3)); err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.topic.Pos, d.topic.Published = 3, 1
	d.refused("first message is 3")
}

func TestAnAcceptedLossGoesOnBehindThePosition(t *testing.T) {
	for damage, harm := range map[string]func(*disk){
		"backwards": func(*disk) {},
		"gone": func(d *disk) {
			if err := os.RemoveAll(d.path()); err != nil {
				d.Fatal(err)
			}
		},
	} {
		t.Run(damage, func(t *testing.T) {
			d := three(t)
			harm(d)
			d.topic.Pos, d.topic.Published, d.topic.AcceptLoss = 7, 5, true
			d.mustOpen()
			d.stop()
			if d.topic.Published != 7 {
				t.Errorf("published is %d, not the position 7", d.topic.Published)
			}
			d.topic.AcceptLoss = false
			d.mustOpen()
			d.fill("new")
			if got := d.read(7, 1); got[0] != "new" {
				t.Errorf("read %q", got)
			}
		})
	}
}

func TestAcceptingALossHarmsNoSoundLog(t *testing.T) {
	d := three(t)
	d.topic.AcceptLoss = true
	d.mustOpen()
	if got := d.read(0, 3); strings.Join(got, "") != "abc" {
		t.Errorf("read %q", got)
	}
}

func TestAnOlderLogIsOnlyRemovedWhenItsLossIsAccepted(t *testing.T) {
	d := three(t)
	d.topic.LogID, d.topic.Created = "two", false
	d.refused(stream)
	d.topic.AcceptLoss = true
	d.mustOpen()
	d.fill("new")
	if got := d.read(0, 1); got[0] != "new" {
		t.Errorf("read %q", got)
	}
}

func TestChangedSettingsAreRefusedAndNotMended(t *testing.T) {
	d := three(t)
	d.topic.MaxBytes++
	err := d.open()
	if err == nil || !strings.Contains(err.Error(), "max_bytes") {
		t.Fatalf("opening with another size: %v", err)
	}
	d.stop()
	d.topic.MaxBytes--
	d.mustOpen()
	for setting, change := range map[string]func(*natsjs.StreamConfig){
		"discard": func(c *natsjs.StreamConfig) { c.Discard = natsjs.DiscardOld },
		"max_age": func(c *natsjs.StreamConfig) { c.MaxAge = 1e12 },
		"no_ack":  func(c *natsjs.StreamConfig) { c.NoAck = true },
	} {
		js, err := natsjs.New(d.conn)
		if err != nil {
			t.Fatal(err)
		}
		sound := d.admin().CachedInfo().Config
		changed := sound
		change(&changed)
		if _, err := js.UpdateStream(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
		d.stop()
		if err := d.open(); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("opening with another %s: %v", setting, err)
		}
		if js, err = natsjs.New(d.conn); err != nil {
			t.Fatal(err)
		}
		if _, err := js.UpdateStream(t.Context(), sound); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALogThatDoesNotFitSaysSo(t *testing.T) {
	d := newDisk(t)
	d.topic.MaxBytes = 2 * jetstream.MinBytes
	if err := d.open(); err == nil || !strings.Contains(err.Error(), "free disk space") {
		t.Errorf("opening a log that is larger than the store: %v", err)
	}
}

func TestAPurgeLeavesThePublishedMessage(t *testing.T) {
	d := newDisk(t)
	d.cfg.PurgeBytes = 1
	d.mustOpen()
	d.fill("a", "b", "c", "d")
	err := d.engine.Own(t.Context(), topicName, func(ctx context.Context, p bus.Partition) error {
		if err := p.Start(ctx, 0); err != nil {
			return err
		}
		for n := range int64(4) {
			if _, err := p.Next(ctx); err != nil {
				return err
			}
			if err := p.Purge(ctx, n+1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	info, err := d.admin().Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.State.FirstSeq != 4 || info.State.Msgs != 1 {
		t.Errorf("the log begins at %d and holds %d messages", info.State.FirstSeq, info.State.Msgs)
	}
}

func TestAConsumerResumedFromStoredStateIsFoundOut(t *testing.T) {
	d := newDisk(t)
	d.cfg.Faults.ResumeStored = true
	d.mustOpen()
	d.fill("a", "b", "c")
	d.read(0, 2)
	d.stop()
	d.mustOpen()
	d.fill("d") // the stored state skips c, which was on its way when the process ended
	err := bus.New(d.engine, slog.New(slog.DiscardHandler), bus.Options{}).Consume(t.Context(), topicName, nobody{})
	if !errors.Is(err, bus.ErrNotGapless) {
		t.Errorf("consuming ended with %v", err)
	}
}

// nobody is a consumer whose position was never written.
type nobody struct{}

func (nobody) Take(context.Context, int, string) (int64, int64, error) { return 0, 0, nil }
func (nobody) Apply(context.Context, bus.Batch) error                  { return errors.New("nothing was to come") }
func (nobody) Hold(context.Context, bus.Batch, error) error            { return nil }
func (nobody) Fate(error) bus.Fate                                     { return bus.Stop }

package jetstream_test

import (
	"context"
	"errors"
	"os"
	"testing"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/chatctl/chatctl/server/bus"
)

// work reads all stored messages and lets go of each, as the loop does: of the
// last batch it is not known yet that its results are out.
func (d *disk) work(n int64) {
	d.Helper()
	err := d.engine.Own(d.Context(), topicName, func(ctx context.Context, p bus.Partition) error {
		if err := p.Start(ctx, d.topic.Published); err != nil {
			return err
		}
		for i := range n {
			if _, err := p.Next(ctx); err != nil {
				return err
			}
			if err := p.Purge(ctx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.Fatal(err)
	}
}

// An older database under a newer log would decide again, and perhaps
// otherwise, what people have been told. The log holds all of it still: only
// the last message tells how far the database once was.
func TestAnOlderDatabaseUnderANewerLogIsRefused(t *testing.T) {
	d := three(t)
	d.mustOpen()
	d.work(3)
	d.fill("d")
	d.stop()
	d.topic.Pos, d.topic.Published = 1, 1
	d.refused("the database went backwards")
	d.topic.AcceptLoss = true
	d.mustOpen()
	d.stop()
	d.topic.AcceptLoss = false
	d.mustOpen()
	d.fill("new")
	if got := d.read(1, 1); got[0] != "new" {
		t.Errorf("read %q", got)
	}
}

func TestTheNewestDatabaseIsNotTakenForAnOlderOne(t *testing.T) {
	d := three(t)
	d.mustOpen()
	d.work(3)
	d.fill("d")
	d.stop()
	d.topic.Pos, d.topic.Published = 3, 2
	d.mustOpen()
	if got := d.read(2, 2); got[1] != "d" {
		t.Errorf("read %q", got)
	}
}

// A crash on the way must leave a log that is refused still, or one that goes
// on with the loss noted: never one that looks as if nothing was lost.
func TestALossIsNotedBeforeAnythingIsRemoved(t *testing.T) {
	d := three(t)
	note := d.topic.MarkLost
	d.topic.MarkLost = func(context.Context) error { return errors.New("no database") }
	d.topic.Pos, d.topic.Published, d.topic.AcceptLoss = 7, 7, true
	if err := d.open(); err == nil {
		t.Fatal("a loss was accepted that nobody noted")
	}
	d.stop()
	d.topic.AcceptLoss, d.topic.MarkLost = false, note
	d.refused("backwards")
	d.topic.Pos, d.topic.Published = 3, 3
	d.mustOpen()
	if got := d.read(0, 3); got[2] != "c" {
		t.Errorf("read %q", got)
	}
}

func TestAcceptingALossKeepsWhatIsWholeBehindThePosition(t *testing.T) {
	d := newDisk(t)
	d.mustOpen()
	d.fill("a", "b", "c")
	if err := d.admin().Purge(t.Context(), natsjs.WithPurgeSequence(3)); err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.topic.Pos, d.topic.Published = 2, 1
	d.refused("first message is 3")
	d.topic.AcceptLoss = true
	d.mustOpen()
	if d.topic.Published != 2 {
		t.Errorf("published is %d, not the position 2", d.topic.Published)
	}
	if got := d.read(2, 1); got[0] != "c" {
		t.Errorf("read %q", got)
	}
}

// After a clean end the server trusts its index, and sees only when it reads
// that the last message is not what was stored.
func TestALastMessageThatCannotBeReadIsRefused(t *testing.T) {
	d := three(t)
	path := d.path("msgs", "1.blk")
	block, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block[len(block)-20] ^= 0xff
	if err := os.WriteFile(path, block, 0o600); err != nil {
		t.Fatal(err)
	}
	d.refused("cannot be read")
	d.topic.AcceptLoss = true
	d.mustOpen()
	d.fill("new")
}

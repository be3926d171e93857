package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/bus"
)

func TestACallOfMoreRecordsThanAMessageHoldsStaysInOrder(t *testing.T) {
	const n = 2500
	d := newDisk(t)
	d.mustOpen()
	recs := make([]bus.Record, n)
	for i := range recs {
		recs[i].Value = fmt.Append(nil, i)
	}
	if err := d.engine.Publish(t.Context(), topicName, recs); err != nil {
		t.Fatal(err)
	}
	got := d.read(0, 3)
	if len(got) != n {
		t.Fatalf("three stored messages hold %d of %d records", len(got), n)
	}
	for i, v := range got {
		if v != fmt.Sprint(i) {
			t.Fatalf("record %d is %s", i, v)
		}
	}
}

func TestWhatWaitsBecomesOneStoredMessage(t *testing.T) {
	const publishers, large = 200, 20
	d := newDisk(t)
	d.mustOpen()
	stored := func() uint64 {
		info, err := d.admin().Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return info.State.LastSeq
	}
	var work sync.WaitGroup
	publish := func(recs ...bus.Record) {
		work.Go(func() {
			if err := d.engine.Publish(t.Context(), topicName, recs); err != nil {
				t.Error(err)
			}
		})
	}
	publish(slices.Repeat([]bus.Record{{Value: make([]byte, 500<<10)}}, large)...) // behind these the others wait
	for stored() == 0 && !t.Failed() {
		// the first is on its way
	}
	for range publishers {
		publish(bus.Record{Value: []byte("x")})
	}
	work.Wait()
	if n := stored(); n > large+publishers/10 {
		t.Errorf("%d records became %d stored messages, more than 0.1 syncs a record", publishers, n-large)
	}
}

func TestAPublisherWhoGivesUpDoesNotKnow(t *testing.T) {
	d := newDisk(t)
	d.mustOpen()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // it may also have its answer already
		err := d.engine.Publish(ctx, topicName, []bus.Record{{Value: []byte("x")}})
		if errors.Is(err, bus.ErrUnknown) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Error("a hundred publishers who had given up were all answered")
}

func TestARecordThatNoMessageHoldsIsRefused(t *testing.T) {
	d := newDisk(t)
	d.mustOpen()
	if err := d.engine.Publish(t.Context(), topicName, []bus.Record{{Value: make([]byte, 1<<20)}}); err == nil {
		t.Error("it was stored")
	}
	if err := d.engine.Publish(t.Context(), topicName, []bus.Record{{Partition: 1}}); err == nil {
		t.Error("a record of a partition that is not there was stored")
	}
	d.fill("next")
}

func TestAClosedEngineStoresNothing(t *testing.T) {
	d := newDisk(t)
	d.mustOpen()
	d.engine.Close()
	if err := d.engine.Publish(t.Context(), topicName, []bus.Record{{Value: []byte("x")}}); !errors.Is(err, bus.ErrUnknown) {
		t.Errorf("publishing to a closed engine: %v", err)
	}
}

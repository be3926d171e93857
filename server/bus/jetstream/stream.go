package jetstream

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// doctor is the way out of a log that was refused.
const doctor = "if the loss is accepted: chatctl doctor --accept-log-loss"

var errRefused = errors.New("the log was refused")

var logID = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

func (t Topic) check() error {
	switch {
	case !logID.MatchString(t.LogID):
		return fmt.Errorf("%q is not a log id", t.LogID)
	case t.MaxBytes < MinBytes:
		return fmt.Errorf("the log may hold %d bytes; it needs at least %d", t.MaxBytes, MinBytes)
	case t.Published < 0 || t.Published > t.Pos:
		return fmt.Errorf("the position row says pos %d, published %d", t.Pos, t.Published)
	case t.MarkCreated == nil && !t.Created, t.MarkLost == nil && t.AcceptLoss:
		return errors.New("the topic cannot be noted as made: MarkCreated or MarkLost is missing")
	}
	return nil
}

// streamName ends in the log id, so that a restored store never meets an old stream.
func streamName(t Topic) string {
	return streamPrefix(t) + t.LogID
}

func streamPrefix(t Topic) string { return strings.ReplaceAll(t.Name, ".", "_") + "_" }

func (l *topicLog) settings() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: l.name, Subjects: []string{l.subject}, MaxBytes: l.MaxBytes,
		Storage: jetstream.FileStorage, Replicas: 1, Compression: jetstream.NoCompression,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		PersistMode: jetstream.DefaultPersistMode,
	}
}

// open looks the stream up, makes it only where that loses nothing, compares it
// with the position, and syncs its directories before anyone may publish.
func (l *topicLog) open(ctx context.Context) error {
	err := l.lookUp(ctx)
	if err == nil {
		err = l.compare(ctx)
	}
	if errors.Is(err, errRefused) && l.AcceptLoss {
		err = l.acceptLoss(ctx, err)
	}
	if err == nil && l.AcceptLoss {
		err = l.removeOlder(ctx)
	}
	if err != nil {
		return err
	}
	if err := syncPath(l.engine.cfg.Dir, l.msgs); err != nil {
		return fmt.Errorf("syncing the log's directories: %w", err)
	}
	l.syncDir = !keepsNames(l.msgs)
	if l.syncDir {
		l.engine.cfg.Log.WarnContext(ctx, "file system is neither ext4 nor XFS: power cuts were not tested on it", "topic", l.Name)
	}
	if l.Created {
		return nil
	}
	return l.MarkCreated(ctx)
}

// lookUp finds the stream, or makes it if it never was, or if only its metadata
// is lost: a stream made with the same settings adopts the messages (measured, C.3).
func (l *topicLog) lookUp(ctx context.Context) (err error) {
	l.stream, err = l.engine.js.Stream(ctx, l.name)
	switch {
	case err == nil:
		return l.verify()
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("looking for stream %s: %w", l.name, err)
	}
	if l.Created {
		blocks, err := filepath.Glob(filepath.Join(l.msgs, "*.blk"))
		if err != nil {
			return err
		}
		if len(blocks) == 0 {
			return fmt.Errorf("%w: stream %s and its messages are gone, position %d; %s", errRefused, l.name, l.Pos, doctor)
		}
		l.engine.cfg.Log.WarnContext(ctx, "stream's metadata is lost, adopting its messages", "topic", l.Name, "stream", l.name, "files", len(blocks))
	}
	return l.create(ctx, l.settings())
}

func (l *topicLog) create(ctx context.Context, settings jetstream.StreamConfig) (err error) {
	l.stream, err = l.engine.js.CreateStream(ctx, settings)
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == errStorageResources {
		older, listing := l.older(ctx)
		if len(older) > 0 {
			return fmt.Errorf("%w: logs of an older position take its place (%s); %s", errRefused, strings.Join(older, ", "), doctor)
		}
		return errors.Join(fmt.Errorf("the log of %d bytes does not fit into the space set aside for logs: free disk space or allow a smaller log: %w", l.MaxBytes, err), listing)
	}
	if err != nil {
		return fmt.Errorf("making stream %s: %w", l.name, err)
	}
	return l.verify()
}

// verify compares the settings that durability rests on with those in force.
// They are never mended: an update rewrites metadata (measured, C.6).
func (l *topicLog) verify() error {
	want, is := l.settings(), l.stream.CachedInfo().Config
	for _, s := range []struct {
		name     string
		want, is any
	}{
		{"subjects", strings.Join(want.Subjects, " "), strings.Join(is.Subjects, " ")},
		{"max_bytes", want.MaxBytes, is.MaxBytes},
		{"storage", want.Storage, is.Storage},
		{"replicas", want.Replicas, is.Replicas},
		{"compression", want.Compression, is.Compression},
		{"retention", want.Retention, is.Retention},
		{"discard", want.Discard, is.Discard},
		{"persist_mode", want.PersistMode, is.PersistMode},
		{"max_age", want.MaxAge, is.MaxAge},
		{"max_msgs", int64(-1), is.MaxMsgs},
		{"max_msgs_per_subject", int64(-1), is.MaxMsgsPerSubject},
		{"no_ack", want.NoAck, is.NoAck},
		{"sealed", want.Sealed, is.Sealed},
	} {
		if s.want != s.is {
			return fmt.Errorf("stream %s has %s %v, this program needs %v: start it with the value it was made with", l.name, s.name, s.is, s.want)
		}
	}
	return nil
}

// compare refuses a stream that does not go with the position (measured, C.3).
func (l *topicLog) compare(ctx context.Context) error {
	info, err := l.stream.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return fmt.Errorf("reading the state of stream %s: %w", l.name, err)
	}
	first, last := int64(info.State.FirstSeq), int64(info.State.LastSeq)
	if last < l.Pos {
		return fmt.Errorf("%w: it went backwards, its last message is %d, the position %d; %s", errRefused, last, l.Pos, doctor)
	}
	if first > l.Published+1 {
		return fmt.Errorf("%w: its first message is %d, the results are out up to %d; %s", errRefused, first, l.Published, doctor)
	}
	for _, gone := range info.State.Deleted {
		if int64(gone) > l.Published {
			return fmt.Errorf("%w: message %d is missing, the results are out up to %d; %s", errRefused, gone, l.Published, doctor)
		}
	}
	if info.State.Msgs == 0 {
		return nil
	}
	return l.compareWitness(ctx, last)
}

// compareWitness refuses a position row that stands below where one stood when
// the last message was stored: the database was replaced by an older one.
// Deciding again what lies between would give other answers than were told.
func (l *topicLog) compareWitness(ctx context.Context, last int64) error {
	m, err := l.stream.GetMsg(ctx, uint64(last))
	if errors.Is(err, jetstream.ErrMsgNotFound) { // its bytes are not what their checksum says
		return fmt.Errorf("%w: its last message %d cannot be read; %s", errRefused, last, doctor)
	}
	if err != nil {
		return fmt.Errorf("reading message %d of stream %s: %w", last, l.name, err)
	}
	published, _, err := decode(m.Data)
	if err != nil {
		return fmt.Errorf("message %d of stream %s: %w", last, l.name, err)
	}
	if published > l.Published {
		return fmt.Errorf("%w: the database went backwards, results were out up to %d once and are now up to %d: put the newer database back, or %s", errRefused, published, l.Published, doctor)
	}
	return nil
}

// acceptLoss goes on without what a refused stream lost. It is noted first: a
// crash on the way then leaves nothing that only looks sound. What is left is
// kept if it is whole behind the position.
func (l *topicLog) acceptLoss(ctx context.Context, refusal error) error {
	l.engine.cfg.Log.WarnContext(ctx, "loss of the log is accepted", "topic", l.Name, "pos", l.Pos, "published", l.Published, "err", refusal)
	if err := l.MarkLost(ctx); err != nil {
		return fmt.Errorf("noting the accepted loss: %w", err)
	}
	l.Published = l.Pos
	if l.stream != nil && l.compare(ctx) == nil {
		return nil
	}
	return l.makeAnew(ctx)
}

// makeAnew replaces a refused stream by an empty one whose last number is the position.
func (l *topicLog) makeAnew(ctx context.Context) error {
	if err := l.engine.js.DeleteStream(ctx, l.name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("removing the refused stream %s: %w", l.name, err)
	}
	if err := l.removeOlder(ctx); err != nil {
		return err
	}
	settings := l.settings()
	settings.FirstSeq = uint64(l.Pos + 1)
	err := l.create(ctx, settings)
	for try := 0; storeFailed(err) && try < 50; try++ { // the server may still be at removing what had the name
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
		err = l.create(ctx, settings)
	}
	if err != nil {
		return err
	}
	return l.compare(ctx)
}

// storeFailed reports whether the server could not make a stream's files.
func storeFailed(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == errStreamCreate
}

// older are the streams of the topic under other log ids, which nobody will read again.
func (l *topicLog) older(ctx context.Context) (names []string, err error) {
	list := l.engine.js.StreamNames(ctx)
	for name := range list.Name() {
		id, is := strings.CutPrefix(name, streamPrefix(l.Topic))
		if is && logID.MatchString(id) && name != l.name {
			names = append(names, name)
		}
	}
	return names, list.Err()
}

// removeOlder gives back what older logs of the topic keep reserved.
func (l *topicLog) removeOlder(ctx context.Context) error {
	names, err := l.older(ctx)
	for _, name := range names {
		l.engine.cfg.Log.WarnContext(ctx, "log of an older position is removed, its loss was accepted", "topic", l.Name, "stream", name)
		err = errors.Join(err, l.engine.js.DeleteStream(ctx, name))
	}
	if err != nil {
		return fmt.Errorf("removing older logs: %w", err)
	}
	return nil
}

package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/gateway/mail"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow takes a letter when it is told to.
type slow struct {
	began chan string
	go_   chan error
}

func (s slow) Send(ctx context.Context, to, _, _ string) error {
	s.began <- to
	select {
	case err := <-s.go_:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestMailHoldsNobodyUpAndWaitingLettersGoOutAtTheEnd(t *testing.T) {
	s := slow{make(chan string, 3000), make(chan error, 3000)}
	p := mail.NewPostman(s, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	p.Post(ctx, mail.Letter{To: "first"})
	if to := <-s.began; to != "first" {
		t.Fatal(to)
	}
	for range 2000 { // the mail server hangs: Post returns all the same
		p.Post(ctx, mail.Letter{To: "more"})
	}
	for range 2000 {
		s.go_ <- errors.New("try later") // a letter that fails stops no other
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n := len(s.began); n != 1000 {
		t.Fatalf("%d letters were kept, want the bound of 1000", n)
	}
}

// told fails as often as it is told to, and notes when it was asked.
type told struct {
	mu    sync.Mutex
	errs  []error
	times []time.Time
}

func (s *told) Send(context.Context, string, string, string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = append(s.times, time.Now())
	if len(s.errs) == 0 {
		return nil
	}
	err := s.errs[0]
	s.errs = s.errs[1:]
	return err
}

func TestAFailedLetterIsTriedAgainForAsLongAsItsCodeIsWorthIt(t *testing.T) {
	for name, c := range map[string]struct {
		errs []error
		want int
	}{
		"taken at the third try": {slices.Repeat([]error{errors.New("away")}, 2), 3},
		"refused for good":       {[]error{fmt.Errorf("x: %w", mail.ErrRefused)}, 1},
		"away for ever":          {slices.Repeat([]error{errors.New("away")}, 100), 7},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &told{errs: c.errs}
			p := mail.NewPostman(s, slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- p.Run(ctx) }()
			p.Post(ctx, mail.Letter{To: "ada"})
			time.Sleep(time.Hour) // of the bubble
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if len(s.times) != c.want || s.times[len(s.times)-1].Sub(s.times[0]) > 8*time.Minute {
				t.Errorf("%s: tried at %v, want %d tries", name, s.times, c.want)
			}
		})
	}
}

func TestLettersThatAreLostWhenAServerStopsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := mail.NewPostman(&told{errs: slices.Repeat([]error{errors.New("away")}, 100)}, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		for range 3 {
			p.Post(ctx, mail.Letter{To: "ada@example.org", Subject: "Your code"})
		}
		synctest.Wait() // each has been tried once
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if text := log.String(); !strings.Contains(text, `msg="letters lost" waiting=3`) || strings.Contains(text, "ada@") {
			t.Errorf("the log says %q", text)
		}
	})
}

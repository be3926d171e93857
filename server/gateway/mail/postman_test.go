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

// post posts letters to n addresses of a domain.
func post(t *testing.T, p *mail.Postman, domain string, n int) {
	t.Helper()
	for i := range n {
		p.Post(t.Context(), mail.Letter{To: fmt.Sprintf("%d@%s", i, domain)})
	}
}

// run runs a postman until stop, which waits for its end.
func run(t *testing.T, p *mail.Postman) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestMailHoldsNobodyUpAndWaitingLettersGoOutAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow{make(chan string, 3000), make(chan error, 3000)}
		p := mail.NewPostman(s, slog.New(slog.DiscardHandler))
		stop := run(t, p)
		for _, domain := range []string{"one.example", "two.example"} {
			post(t, p, domain, 2)
		}
		synctest.Wait()
		if n := len(s.began); n != 4 {
			t.Fatalf("%d letters are on their way at once", n)
		}
		post(t, p, "more.example", 2000) // the mail server hangs: Post returns all the same
		for range 2000 {
			s.go_ <- errors.New("try later") // a letter that fails stops no other
		}
		stop()
		if n := len(s.began); n != 4+1000 {
			t.Fatalf("%d letters were tried, want 4 and the bound of 1000", n)
		}
	})
}

func TestASlowDomainOrAddressLeavesTheOthersASender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow{make(chan string, 3000), make(chan error)}
		p := mail.NewPostman(s, slog.New(slog.DiscardHandler))
		stop := run(t, p)
		post(t, p, "tarpit.example", 500)
		for range 3 {
			p.Post(t.Context(), mail.Letter{To: "ada@Example.org"})
		}
		p.Post(t.Context(), mail.Letter{To: "bob@example.org"})
		synctest.Wait() // no time passes: nothing has been given up
		began := map[string]int{}
		for range len(s.began) {
			began[<-s.began]++
		}
		if len(began) != 4 || began["ada@Example.org"] != 1 || began["bob@example.org"] != 1 {
			t.Errorf("on their way: %v", began)
		}
		post(t, p, "tarpit.example", 2000) // they leave no room
		time.Sleep(10 * time.Minute)
		for len(s.began) > 0 {
			<-s.began
		}
		p.Post(t.Context(), mail.Letter{To: "cleo@example.org"})
		synctest.Wait()
		if to := <-s.began; to != "cleo@example.org" {
			t.Errorf("on its way is the letter to %s", to)
		}
		stop()
	})
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
			stop := run(t, p)
			p.Post(t.Context(), mail.Letter{To: "ada"})
			time.Sleep(time.Hour) // of the bubble
			stop()
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
		stop := run(t, p)
		for range 3 {
			p.Post(t.Context(), mail.Letter{To: "ada@example.org", Subject: "Your code"})
		}
		synctest.Wait() // each has been tried once
		stop()
		if text := log.String(); !strings.Contains(text, `msg="letters lost" waiting=3`) || strings.Contains(text, "ada@") {
			t.Errorf("the log says %q", text)
		}
	})
}

package mail_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

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

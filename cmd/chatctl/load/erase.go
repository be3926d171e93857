package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"golang.org/x/sync/errgroup"
)

const (
	erasing   = 16 // accounts at the same time
	mostNamed = 3  // of those that stay, with why
)

// erasePeople lets each of the people erase their account, whatever becomes of
// the others. The error names the first who stay, and says how many there are.
func erasePeople(ctx context.Context, server string, people []api.Credential) error {
	c, err := client.New(client.Config{Server: server})
	if err != nil {
		return err
	}
	defer c.Close()
	failed := make([]error, len(people))
	var g errgroup.Group
	g.SetLimit(erasing)
	for i, p := range people {
		g.Go(func() error {
			failed[i] = erase(ctx, c.As(p.Token))
			return nil
		})
	}
	_ = g.Wait() // failed has them all
	return staying(people, failed)
}

// erase asks until ctx ends while the server takes nothing or not so much.
func erase(ctx context.Context, c *client.Client) error {
	var backoff client.Backoff
	for {
		err := c.Erase(ctx, "")
		var p *api.Problem
		if !errors.As(err, &p) || !passes(p) {
			return err
		}
		wait := backoff.Next()
		if p.RetryAfter > 0 {
			wait = backoff.After(time.Duration(p.RetryAfter) * time.Second)
		}
		if !rest(ctx, wait) {
			return err
		}
	}
}

// passes tells whether it may be otherwise in a moment: a full disk is not.
func passes(p *api.Problem) bool {
	return p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable && p.Code != "storage_full"
}

// rest waits, and reports false when ctx ended before, or would.
func rest(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func staying(people []api.Credential, failed []error) error {
	var named []error
	n := 0
	for i, err := range failed {
		if err == nil {
			continue
		}
		if n++; n <= mostNamed {
			named = append(named, fmt.Errorf("%s: %w", people[i].Handle, err))
		}
	}
	if n == 0 {
		return nil
	}
	if n > mostNamed {
		named = append(named, fmt.Errorf("and %d more", n-mostNamed))
	}
	return fmt.Errorf("%d of %d were not erased: %w", n, len(people), errors.Join(named...))
}

// Package verify holds a running server to its promises. People talk, edit,
// leave, block, revoke and erase on it while their connections break and, where
// the process is the caller's, administrators suspend and purge, and the server is
// killed and started again. What each of them asked for and saw is recorded as it
// came over the wire, and at the end the history is held against every promise
// (package history).
//
// It stands outside the server: it knows the contract, and the disk and the
// network are real. Run may be called once at a time for a Target.
package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/chatctl/chatctl/server/history/record"
	"golang.org/x/sync/errgroup"
)

// Target is the server that is held to its promises.
type Target struct {
	URL string
	// People makes n throw-away accounts, which no limit holds back.
	People func(ctx context.Context, n int) ([]api.Credential, error)
	// Kill ends the server without warning and returns once it serves again, on
	// the same data and address. Nil: the process is somebody else's.
	Kill func(ctx context.Context) error
	// Office administers the server. Nil: that is somebody else's matter.
	Office Office
}

// Config is what a run does.
type Config struct {
	Target   Target
	People   int           // at least 4
	Groups   int           // at least 1
	Duration time.Duration // of the talking
	Every    time.Duration // from one kill to the next, about
	Patience time.Duration // for what is still to come when the talking ends
	Seed     uint64        // of who does what; the server's timing is its own
}

// Check tells everything that is wrong with c.
func (c Config) Check() error {
	var all []error
	if c.People < 4 || c.People > 500 {
		all = append(all, errors.New("--people is from 4 to 500"))
	}
	if c.Groups < 1 || c.Groups > c.People {
		all = append(all, errors.New("--groups is from 1 to the number of people"))
	}
	if c.Duration <= 0 || c.Patience <= 0 || c.Every <= 0 {
		all = append(all, errors.New("--duration, --patience and --kill-every are above 0"))
	}
	return errors.Join(all...)
}

// Promise is the verdict on one promise.
type Promise struct {
	Promise string   `json:"promise"`
	Says    string   `json:"says"`
	Tried   int      `json:"tried"`
	Broken  int      `json:"broken"`
	How     []string `json:"how"` // the first ones
}

// Report is what came out.
type Report struct {
	Kept     bool      `json:"kept"` // no promise was broken, and nothing was in the way
	Promises []Promise `json:"promises"`
	Asked    int       `json:"asked"`    // actions
	Answered int       `json:"answered"` // of them
	Kills    int       `json:"kills"`
	Drops    int       `json:"drops"` // connections that the people cut
	People   int       `json:"people"`
	Seconds  float64   `json:"seconds"`
	Seed     uint64    `json:"seed"`
	Trouble  []string  `json:"trouble"` // what is no promise and still wrong: frames that are none, answers without an outcome
}

// heard is the one promise that only who waits can try (promises, rule 10).
const heard, heardSays = "heard", "the last word of a group comes to all who are in it and connected"

// Run plays, and tells what was kept. An error says why the run tells nothing.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.Check(); err != nil {
		return Report{}, err
	}
	s := newStage(cfg)
	defer s.rec.HTTP.CloseIdleConnections()
	if err := s.gather(ctx); err != nil {
		return Report{}, fmt.Errorf("making people: %w", err)
	}
	last, err := s.play(ctx)
	if err != nil {
		return Report{}, err
	}
	if err := s.settle(ctx); err != nil {
		return Report{}, fmt.Errorf("reading what is there at the end: %w", err)
	}
	return s.report(last), nil
}

// stage is one run: the people, their groups, and what is recorded.
type stage struct {
	cfg    Config
	rec    *record.Recorder
	people []*player
	groups []group
	began  time.Time
	kills  int

	mu      sync.Mutex
	trouble []string
}

// player is one of the people. Drawing and cutting is its own goroutine's alone.
type player struct {
	*record.Person
	rand  *rand.Rand
	drops int
}

type group struct {
	owner *player
	conv  api.ConversationID
}

const (
	answering   = 30 * time.Second // the longest that a request may take
	mostTrouble = 100
)

func newStage(cfg Config) *stage {
	s := &stage{cfg: cfg, began: time.Now()}
	url := strings.TrimRight(cfg.Target.URL, "/")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = transport.MaxIdleConns
	here := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the tokens are for this server alone
	s.rec = &record.Recorder{
		URL:     func() string { return url },
		HTTP:    &http.Client{Timeout: answering, Transport: transport, CheckRedirect: here},
		History: history.New(), Trouble: s.wrong, Proxied: cfg.Target.Kill == nil, WantAnswers: true,
	}
	return s
}

// wrong notes what no server should do and no promise speaks of.
func (s *stage) wrong(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.trouble) < mostTrouble {
		s.trouble = append(s.trouble, what)
	}
}

// gather makes the people, who are not connected yet.
func (s *stage) gather(ctx context.Context) error {
	made, err := s.cfg.Target.People(ctx, s.cfg.People)
	if err != nil {
		return err
	}
	if len(made) != s.cfg.People {
		return fmt.Errorf("the server made %d of %d", len(made), s.cfg.People)
	}
	for i, m := range made {
		s.people = append(s.people, &player{Person: s.rec.Person(m.Handle, m.Token, api.SessionID{}), rand: rand.New(rand.NewPCG(s.cfg.Seed, uint64(i)))})
	}
	return nil
}

// settle reads, once all is calm, what came of everything and what each may see.
func (s *stage) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	all := make([]*record.Person, len(s.people))
	for i, p := range s.people {
		all[i] = p.Person
	}
	return s.rec.Settle(ctx, all)
}

// play lets everybody talk until the time is up, and says a last word in each
// group, which must come to all who are in it.
func (s *stage) play(ctx context.Context) (last Promise, err error) {
	whole, cancel := context.WithTimeout(ctx, s.cfg.Duration+s.cfg.Patience)
	defer cancel()
	online, leave := context.WithCancel(whole)
	var staying sync.WaitGroup
	defer staying.Wait()
	defer leave()
	for _, p := range s.people {
		staying.Go(func() { p.Stay(online) })
		staying.Go(func() { p.WatchHeads(online, 300*time.Millisecond) })
	}
	if err := s.openGroups(whole); err != nil {
		return last, err
	}
	talking, stop := context.WithTimeout(whole, s.cfg.Duration)
	defer stop()
	g, _ := errgroup.WithContext(whole)
	for i := range s.people {
		g.Go(func() error {
			half := time.Now().Add(s.cfg.Duration / 2)
			for talking.Err() == nil {
				if s.step(whole, i); i == len(s.people)-1 && time.Now().After(half) {
					s.people[i].Erase(whole, "")
					return nil
				}
			}
			return nil
		})
	}
	if s.cfg.Target.Kill != nil {
		g.Go(func() error { return s.killing(talking, whole) })
	}
	if s.cfg.Target.Office != nil {
		g.Go(func() error { return s.administer(talking, whole) })
	}
	if err := g.Wait(); err != nil {
		return last, err
	}
	last = s.lastWords(whole)
	return last, ctx.Err()
}

// openGroups makes the groups, each with some of the people.
func (s *stage) openGroups(ctx context.Context) error {
	for i := range s.cfg.Groups {
		owner := s.people[i]
		var members []string
		for j := 1; j < min(len(s.people), 9); j++ {
			members = append(members, s.people[(i+j)%len(s.people)].Handle)
		}
		from := api.SinceJoin
		if i%2 == 1 {
			from = api.All
		}
		x := owner.Do(ctx, api.Action{Type: api.CreateGroup, Name: fmt.Sprintf("group %d", i), History: from, Members: members})
		if len(x.Results) == 0 || x.Results[0].Conversation.IsZero() {
			return fmt.Errorf("a group could not be made within %v", s.cfg.Duration+s.cfg.Patience)
		}
		s.groups = append(s.groups, group{owner, x.Results[0].Conversation})
	}
	return nil
}

// killing kills the server again and again while there is talk. The moments are
// spread, so that a kill meets it at everything it does.
func (s *stage) killing(talking, whole context.Context) error {
	r := rand.New(rand.NewPCG(s.cfg.Seed, 1<<32))
	for {
		t := time.NewTimer(s.cfg.Every/2 + time.Duration(r.Int64N(int64(s.cfg.Every))))
		select {
		case <-talking.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
		if err := s.cfg.Target.Kill(whole); err != nil {
			return fmt.Errorf("after kill %d the server did not come back: %w", s.kills+1, err)
		}
		s.kills++
	}
}

// report holds what was recorded against the promises.
func (s *stage) report(last Promise) Report {
	told := s.rec.History
	r := Report{Kept: true, Kills: s.kills, People: len(s.people), Asked: len(told.Asked), Answered: told.Answered(),
		Seconds: time.Since(s.began).Seconds(), Seed: s.cfg.Seed, Trouble: append([]string{}, s.trouble...)}
	for _, v := range history.Check(told) {
		r.Promises = append(r.Promises, Promise{v.Promise, v.Says, v.Tried, v.Broken, append([]string{}, v.How...)})
	}
	r.Promises = append(r.Promises, last)
	for _, p := range s.people {
		r.Drops += p.drops
	}
	for _, v := range r.Promises {
		r.Kept = r.Kept && v.Broken == 0
	}
	r.Kept = r.Kept && len(r.Trouble) == 0
	return r
}

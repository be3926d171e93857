// Package limit says how often something may be done, and how many may be there
// at one time: token buckets, one for each class of request and each address,
// account or conversation, and crowds.
//
// The buckets are this process's own and are forgotten at its end: what must be
// shared by all gateways and survive a restart (failed sign-ins, codes a mail
// address) is counted in the accounts' database. Memory is bounded: each class
// and kind keeps at most Config.Keys buckets, and those that are full again are
// dropped. All methods may be called concurrently; nothing runs in the background.
package limit

import (
	"math"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"golang.org/x/time/rate"
)

// Class is a kind of request with a price of its own.
type Class byte

// The classes.
const (
	SignUp  Class = 1 + iota // starting an account
	SignIn                   // a password
	Code                     // sending or trying a confirmation code
	Read                     // history, lists, results
	Send                     // an action
	Mark                     // received, read
	Connect                  // a WebSocket upgrade
	Export                   // all of one's own data
	Frame                    // any frame of a client
)

// Rate is a bucket: so many a second in the long run, so many at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Rule names a bucket: what is done, and against whom it counts.
type Rule struct {
	Class Class
	Kind  Kind
}

// Config is the rates. A rule that is missing does not limit.
type Config struct {
	Rates     map[Rule]Rate    // nil: Defaults
	Unlimited bool             // no rate at all: for a server that only its owner can reach
	Keys      int              // buckets kept for each rule; 0: 50,000
	Now       func() time.Time // nil: time.Now
}

// Defaults are the rates of a server that strangers can reach.
func Defaults() map[Rule]Rate {
	return map[Rule]Rate{
		{SignUp, PerAddress}:    {0.1, 20},
		{SignIn, PerAddress}:    {1, 30},
		{Code, PerAddress}:      {0.5, 30},
		{Connect, PerAddress}:   {50, 500},
		{Read, PerAddress}:      {200, 1000},
		{Frame, PerAddress}:     {50, 500}, // before a sign-in
		{Connect, PerUser}:      {2, 60},
		{SignIn, PerUser}:       {0.1, 10},
		{Code, PerUser}:         {0.1, 20},
		{Export, PerUser}:       {0.01, 5},
		{Read, PerUser}:         {100, 500},
		{Send, PerUser}:         {50, 200},
		{Mark, PerUser}:         {50, 200},
		{Frame, PerUser}:        {200, 1000},
		{Send, PerConversation}: {200, 1000},
		{Send, PerNewContact}:   {0.1, 30},
	}
}

// Limits counts.
type Limits struct {
	now    func() time.Time
	tables map[Rule]*table // fixed after New
}

// New makes the limits of c.
func New(c Config) *Limits {
	l := &Limits{now: c.Now, tables: make(map[Rule]*table, len(c.Rates))}
	if l.now == nil {
		l.now = time.Now
	}
	if c.Rates == nil {
		c.Rates = Defaults()
	}
	if c.Unlimited {
		c.Rates = nil
	}
	if c.Keys <= 0 {
		c.Keys = 50_000
	}
	for rule, r := range c.Rates {
		l.tables[rule] = newTable(r, c.Keys)
	}
	return l
}

// Allow takes one token from the bucket of class and key. When there is none it
// takes nothing and tells after how long there will be one.
func (l *Limits) Allow(class Class, key Key) (retryAfter time.Duration, ok bool) {
	now := l.now()
	r, wait := l.reserve(class, key, now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait, wait == 0
}

// Check is Allow for several keys, as the problem too_many. When one has no
// token, none is taken of the others: a conversation's are its members' together,
// and nobody uses them up by what is refused. It names the longest of the waits.
func (l *Limits) Check(class Class, keys ...Key) error {
	now := l.now()
	var longest time.Duration
	taken := make([]*rate.Reservation, len(keys))
	for i, k := range keys {
		r, wait := l.reserve(class, k, now)
		taken[i], longest = r, max(longest, wait)
	}
	if longest == 0 {
		return nil
	}
	for _, r := range taken {
		r.CancelAt(now)
	}
	return api.NewProblem("too_many", "wait and try again").Later(int(math.Ceil(longest.Seconds())))
}

// unlimited is what is taken where there is no rule. There is nothing to give back.
var unlimited rate.Reservation

// reserve takes a token, one that is still to come included, and tells after how
// long it is there. Who does not wait gives it back.
func (l *Limits) reserve(class Class, key Key, now time.Time) (*rate.Reservation, time.Duration) {
	t := l.tables[Rule{class, key.kind}]
	if t == nil {
		return &unlimited, 0
	}
	r := t.bucket(key.id, now).ReserveN(now, 1)
	if !r.OK() { // a burst of 0: never
		return r, time.Minute
	}
	return r, r.DelayFrom(now)
}

func (r Rate) limiter() *rate.Limiter { return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst) }

// refill is how long an empty bucket takes to be full: after it, a bucket that
// nobody touched need not be remembered.
func (r Rate) refill() time.Duration {
	if r.PerSecond <= 0 {
		return math.MaxInt64
	}
	return time.Duration(float64(r.Burst) / r.PerSecond * float64(time.Second))
}

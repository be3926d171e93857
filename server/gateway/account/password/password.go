// Package password hashes passwords with argon2id and says which ones are too
// weak to be taken.
//
// Hashing costs tens of megabytes and milliseconds each, so parallel sign-ins
// would be a memory bomb: a Hasher works on as many as there are cores, lets a
// few wait, and refuses the rest with ErrBusy. Whoever hashes first takes a Turn;
// so what must be counted before a guess (a failed sign-in) can be counted when
// it is sure that the guess will be looked at. All methods of Hasher may be
// called concurrently; a Turn belongs to one goroutine.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"runtime"

	"golang.org/x/crypto/argon2"
)

// ErrBusy: too many passwords are being hashed or wait for it. Nothing was done; try again in a second.
var ErrBusy = errors.New("too many passwords are being checked")

// waiting is how many may wait for each one that is hashed: about half a second of work.
const waiting = 8

// Hasher bounds the hashing of one process.
type Hasher struct {
	params Params
	slots  chan struct{} // held while hashing
	queue  chan struct{} // held while hashing or waiting for a slot
	dummy  Hash
}

// NewHasher makes a hasher that writes hashes with p and hashes at most as many at once as there are cores.
func NewHasher(p Params) *Hasher {
	cores := runtime.GOMAXPROCS(0)
	h := &Hasher{
		params: p,
		slots:  make(chan struct{}, cores),
		queue:  make(chan struct{}, cores*(1+waiting)),
	}
	h.dummy = Hash{params: p, salt: make([]byte, saltLen), key: make([]byte, keyLen)}
	return h
}

// Turn is the right to hash now. End must be called.
type Turn struct{ h *Hasher }

// Begin waits for a turn. It fails with ErrBusy at once when the queue is full,
// or with ctx's error.
func (h *Hasher) Begin(ctx context.Context) (Turn, error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return Turn{}, ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		return Turn{h}, nil
	case <-ctx.Done():
		<-h.queue
		return Turn{}, ctx.Err()
	}
}

// End gives the turn back.
func (t Turn) End() {
	<-t.h.slots
	<-t.h.queue
}

// Hash hashes a new password with a fresh salt.
func (t Turn) Hash(password string) Hash {
	salt := make([]byte, saltLen)
	rand.Read(salt) // never fails (crypto/rand)
	return Hash{params: t.h.params, salt: salt, key: derive(password, salt, t.h.params, keyLen)}
}

// Verify tells whether password is the one that was hashed, in constant time.
// Again tells that the stored hash is weaker than today's parameters: hash it again.
func (t Turn) Verify(stored Hash, password string) (ok, again bool) {
	key := derive(password, stored.salt, stored.params, len(stored.key))
	ok = subtle.ConstantTimeCompare(key, stored.key) == 1
	return ok, ok && stored.params.weakerThan(t.h.params)
}

// Waste takes the time of a Verify: for whoever has no password, so that the time does not tell.
func (t Turn) Waste(password string) { t.Verify(t.h.dummy, password) }

func derive(password string, salt []byte, p Params, n int) []byte {
	return argon2.IDKey([]byte(password), salt, p.Passes, p.MemoryKiB, p.Threads, uint32(n))
}

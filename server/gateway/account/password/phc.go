package password

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params are argon2id's costs.
type Params struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// Default is OWASP's minimum: 19 MiB, two passes, one thread.
func Default() Params { return Params{MemoryKiB: 19 << 10, Passes: 2, Threads: 1} }

func (p Params) weakerThan(q Params) bool {
	return p.MemoryKiB < q.MemoryKiB || p.Passes < q.Passes
}

const (
	saltLen = 16
	keyLen  = 32
	// A hash from a restored or tampered store must not become a memory bomb.
	maxMemoryKiB = 1 << 20
	maxPasses    = 64
)

// Hash is a hashed password. It prints as redacted; Encode gives what is stored.
type Hash struct {
	params Params
	salt   []byte
	key    []byte
}

func (Hash) String() string { return "redacted" }

// Encode writes the PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func (h Hash) Encode() string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.MemoryKiB, h.params.Passes, h.params.Threads, b.EncodeToString(h.salt), b.EncodeToString(h.key))
}

// Parse reads what Encode wrote, and no other form of it.
func Parse(s string) (Hash, error) {
	var h Hash
	var version int
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return h, fmt.Errorf("reading a password hash: not an argon2id PHC string")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return h, fmt.Errorf("reading a password hash: version %q is not known", parts[2])
	}
	p := &h.params
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Passes, &p.Threads); err != nil {
		return h, fmt.Errorf("reading a password hash: parameters: %w", err)
	}
	if p.Passes < 1 || p.Passes > maxPasses || p.Threads < 1 || p.MemoryKiB < 8 || p.MemoryKiB > maxMemoryKiB {
		return h, fmt.Errorf("reading a password hash: parameters %q are out of bounds", parts[3])
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return h, fmt.Errorf("reading a password hash: salt: %w", err)
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return h, fmt.Errorf("reading a password hash: key: %w", err)
	}
	if len(h.salt) < 8 || len(h.salt) > 64 || len(h.key) < 16 || len(h.key) > 64 || h.Encode() != s {
		return h, fmt.Errorf("reading a password hash: not in its one form")
	}
	return h, nil
}

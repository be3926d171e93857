package api

import "time"

// Limits of the wire (RFC-less: ours). A server announces those that a client must know in hello.
const (
	MaxText          = 8192           // bytes of a message's text, decoded
	MaxName          = 100            // characters of a group's or person's displayed name
	MaxFrame         = 64 << 10       // bytes of a frame after sign-in
	MaxFrameUnauth   = 4 << 10        // bytes of a frame before sign-in
	MaxBody          = 64 << 10       // bytes of an HTTP request's body
	MaxDepth         = 16             // nesting of JSON
	MaxRef           = 64             // bytes of a ref
	MaxKey           = 255            // bytes of an Idempotency-Key
	MaxMentions      = 50             // people that one message can mention
	MaxGroupCreate   = 100            // people that group.create can name
	MaxGroup         = 10_000         // members of a group, unless the server is configured otherwise
	MaxMarksShown    = 32             // members of the largest conversation whose marks and typing others see
	MaxWatched       = 200            // people whose presence one connection watches
	HeadsPage        = 200            // heads in one frame
	EntriesPage      = 100            // entries in one page
	EntriesPageBytes = 64 << 10       // bytes of entries in one page
	MinPassword      = 8              // bytes
	MaxPassword      = 256            // bytes
	EditWindow       = 24 * time.Hour // after sending, unless the server is configured otherwise
	PingEvery        = 25 * time.Second
	SilentFor        = 60 * time.Second // after this a connection is dead
	TypingEvery      = 3 * time.Second  // a client says again that its person types
	TypingLasts      = 6 * time.Second  // after the last time somebody was said to type, they do not
)

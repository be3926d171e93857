package socket

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/chatctl/chatctl/server/api"
)

// Opcodes and bits of RFC 6455, 5.2. The server sends unfragmented, unmasked frames only.
const (
	opText  = 0x81
	opClose = 0x88
	opPing  = 0x89

	maxControl = 125 // bytes of a control frame's payload
)

// Class tells how a chunk is treated by a queue.
type Class uint8

const (
	Firm  Class = iota // answers, heads, results: as long as the connection does not lag
	Entry              // of a room: only while the connection is live
	Soft               // of a room and replaceable: only while live, dropped first
	beat               // a ping: dropped first
	final              // a close frame: nothing follows it
)

// Chunk is one or more whole WebSocket frames, encoded once and shared by the
// queues of all who get them. It must not change once it was queued.
type Chunk struct {
	b      []byte
	frames int
	class  Class
}

// A room's chunk is cut here, so that a queue is filled in steps.
const (
	chunkBytes  = 64 << 10
	chunkFrames = 128
)

// NewChunk frames text as one message. text is not kept.
func NewChunk(cl Class, text []byte) *Chunk {
	ch := &Chunk{b: make([]byte, 0, len(text)+10), class: cl}
	ch.add(text)
	return ch
}

// Add frames text as one more message; false when it belongs into another
// chunk: it is of another class, or this one is full.
func (ch *Chunk) Add(cl Class, text []byte) bool {
	if ch.class != cl || ch.frames >= chunkFrames || len(ch.b)+len(text) > chunkBytes {
		return false
	}
	ch.add(text)
	return true
}

func (ch *Chunk) add(text []byte) {
	ch.b = appendFrame(ch.b, text)
	ch.frames++
}

// appendFrame writes a text frame: header (RFC 6455, 5.2), then p.
func appendFrame(b, p []byte) []byte {
	b = append(b, opText)
	switch n := len(p); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = append(b, 126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, p...)
}

// closeChunk is a close frame; a reason that is too long is cut between characters.
func closeChunk(code api.CloseCode, reason string) *Chunk {
	for len(reason) > maxControl-2 {
		_, n := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-n]
	}
	b := []byte{opClose, byte(2 + len(reason)), byte(code >> 8), byte(code)}
	return &Chunk{b: append(b, reason...), frames: 1, class: final}
}

// payload is a whole frame's.
func payload(frame []byte) []byte {
	switch frame[1] {
	case 126:
		return frame[4:]
	case 127:
		return frame[10:]
	}
	return frame[2:]
}

// frameEnd is the first end of a frame at or after off, in b that begins with a frame and holds whole ones.
func frameEnd(b []byte, off int) int {
	end := 0
	for end < off {
		switch n := int(b[end+1]); n {
		case 126:
			end += 4 + int(binary.BigEndian.Uint16(b[end+2:]))
		case 127:
			end += 10 + int(binary.BigEndian.Uint64(b[end+2:]))
		default:
			end += 2 + n
		}
	}
	return end
}

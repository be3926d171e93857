package hub

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

// class tells how a chunk is treated by a queue.
type class uint8

const (
	firm  class = iota // answers, heads, results: as long as the connection does not lag
	entry              // of a room: only while the connection is live
	soft               // of a room and replaceable: only while live, dropped first
	beat               // a ping: dropped first
	final              // a close frame: nothing follows it
)

// chunk is one or more whole WebSocket frames, encoded once and shared by the
// queues of all who get them. It must not change once it was queued.
type chunk struct {
	b      []byte
	frames int
	class  class
}

// A room's chunk is cut here, so that a queue is filled in steps.
const (
	chunkBytes  = 64 << 10
	chunkFrames = 128
)

func newChunk(cl class, text []byte) *chunk {
	ch := &chunk{b: make([]byte, 0, len(text)+10), class: cl}
	ch.add(text)
	return ch
}

// add frames text as one more message.
func (ch *chunk) add(text []byte) {
	ch.b = appendFrame(ch.b, text)
	ch.frames++
}

// full reports whether n more bytes belong into another chunk.
func (ch *chunk) full(n int) bool {
	return ch.frames >= chunkFrames || len(ch.b)+n > chunkBytes
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
func closeChunk(code api.CloseCode, reason string) *chunk {
	for len(reason) > maxControl-2 {
		_, n := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-n]
	}
	b := []byte{opClose, byte(2 + len(reason)), byte(code >> 8), byte(code)}
	return &chunk{b: append(b, reason...), frames: 1, class: final}
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

// textFrame is a frame of the server's own as a chunk.
func textFrame(f *api.ServerFrame) *chunk { return newChunk(firm, api.Encode(f)) }

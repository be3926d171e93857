package jetstream

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/chatctl/chatctl/server/bus"
)

// A stored message is a byte that names its form, then for each record until
// the end: uvarint partition, 16 bytes of key, uvarint length, value. The
// partition travels along although there is one here (measured, A.1).
const formOne = 1

var errMalformed = errors.New("malformed stored message")

// appendRecord adds r to a stored message, which it begins when b is empty.
func appendRecord(b []byte, r bus.Record) []byte {
	if len(b) == 0 {
		b = append(b, formOne)
	}
	b = binary.AppendUvarint(b, uint64(r.Partition))
	b = append(b, r.Key[:]...)
	b = binary.AppendUvarint(b, uint64(len(r.Value)))
	return append(b, r.Value...)
}

// encodedSize is at least what appendRecord adds for r.
func encodedSize(r bus.Record) int {
	return 1 + 2*binary.MaxVarintLen64 + len(r.Key) + len(r.Value)
}

// decode reads a stored message. Values alias b.
func decode(b []byte) ([]bus.Record, error) {
	if len(b) == 0 || b[0] != formOne {
		return nil, fmt.Errorf("%w: it does not begin with form %d", errMalformed, formOne)
	}
	var recs []bus.Record
	for b = b[1:]; len(b) > 0; {
		var r bus.Record
		partition, n := binary.Uvarint(b)
		if n <= 0 || partition > 1<<31-1 || len(b) < n+len(r.Key) {
			return nil, fmt.Errorf("%w: record %d is cut off before its value", errMalformed, len(recs))
		}
		r.Partition = int(partition)
		b = b[n+copy(r.Key[:], b[n:]):]
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return nil, fmt.Errorf("%w: record %d is cut off in its value", errMalformed, len(recs))
		}
		end := n + int(size)
		r.Value, b = b[n:end:end], b[end:]
		recs = append(recs, r)
	}
	return recs, nil
}

package jetstream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/chatctl/chatctl/server/bus"
)

// A stored message is a byte that names its form, uvarint up to where results
// had gone out when it was made, then for each record until the end: uvarint
// partition, 16 bytes of key, uvarint length, value. The partition travels along
// although there is one here (measured, A.1).
const formOne = 1

var errMalformed = errors.New("malformed stored message")

// begin is a stored message without records, in the memory of b. published tells the next start
// that the position row once stood there at least: a row below it is of an older
// database.
func begin(b []byte, published int64) []byte {
	return binary.AppendUvarint(append(b, formOne), uint64(published))
}

// appendRecord adds r to a stored message.
func appendRecord(b []byte, r bus.Record) []byte {
	b = binary.AppendUvarint(b, uint64(r.Partition))
	b = append(b, r.Key[:]...)
	b = binary.AppendUvarint(b, uint64(len(r.Value)))
	return append(b, r.Value...)
}

// encodedSize is at least what appendRecord adds for r.
func encodedSize(r bus.Record) int {
	return 2*binary.MaxVarintLen64 + len(r.Key) + len(r.Value)
}

// decode reads a stored message. Values alias b.
func decode(b []byte) (published int64, recs []bus.Record, err error) {
	if len(b) == 0 || b[0] != formOne {
		return 0, nil, fmt.Errorf("%w: it does not begin with form %d", errMalformed, formOne)
	}
	head, n := binary.Uvarint(b[1:])
	if n <= 0 || head > math.MaxInt64 {
		return 0, nil, fmt.Errorf("%w: it is cut off in its head", errMalformed)
	}
	for b = b[1+n:]; len(b) > 0; {
		var r bus.Record
		partition, n := binary.Uvarint(b)
		if n <= 0 || partition > 1<<31-1 || len(b) < n+len(r.Key) {
			return 0, nil, fmt.Errorf("%w: record %d is cut off before its value", errMalformed, len(recs))
		}
		r.Partition = int(partition)
		b = b[n+copy(r.Key[:], b[n:]):]
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return 0, nil, fmt.Errorf("%w: record %d is cut off in its value", errMalformed, len(recs))
		}
		end := n + int(size)
		r.Value, b = b[n:end:end], b[end:]
		recs = append(recs, r)
	}
	return int64(head), recs, nil
}

package wire

import "time"

// marker begins the text of every message that is measured.
const marker = "~t="

// MinPayload is the shortest text that has room for a stamp.
const MinPayload = len(marker) + 16 + 4*8 + 1

// Stamp is what a message carries about itself, in its text.
type Stamp struct {
	Due    time.Duration // when it was meant to leave, since the test's base
	Late   time.Duration // how much later it left; to the microsecond, and at most mostLate
	Sender int
	N      int64 // the sender's count
	Floor  int64 // how many the sender had seen accepted, without a gap
}

// mostLate is a little more than an hour.
const mostLate = (1<<32 - 1) * time.Microsecond

// AppendText appends a text of size bytes that begins with the stamp. It is
// ASCII without a quote or backslash, so that it stands in JSON as it is.
func AppendText(b []byte, s Stamp, size int) []byte {
	from := len(b)
	b = append(b, marker...)
	b = appendHex(b, uint64(s.Due), 16)
	b = appendHex(b, uint64(min(max(s.Late, 0), mostLate)/time.Microsecond), 8)
	b = appendHex(b, uint64(s.Sender), 8)
	b = appendHex(b, uint64(s.N), 8)
	b = appendHex(b, uint64(s.Floor), 8)
	b = append(b, '~')
	const filler = "lorem ipsum dolor sit amet "
	for len(b)-from < size {
		b = append(b, filler[:min(len(filler), size-(len(b)-from))]...)
	}
	if b[len(b)-1] == ' ' {
		b[len(b)-1] = '.' // a server may trim what ends a text
	}
	return b
}

// ParseStamp reads the stamp at the beginning of a text.
func ParseStamp(text []byte) (s Stamp, ok bool) {
	if len(text) < MinPayload || string(text[:len(marker)]) != marker || text[MinPayload-1] != '~' {
		return s, false
	}
	p := text[len(marker):]
	due, ok1 := parseHex(p[:16])
	late, ok2 := parseHex(p[16:24])
	sender, ok3 := parseHex(p[24:32])
	n, ok4 := parseHex(p[32:40])
	floor, ok5 := parseHex(p[40:48])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || due>>63 != 0 {
		return s, false
	}
	return Stamp{Due: time.Duration(due), Late: time.Duration(late) * time.Microsecond, Sender: int(sender), N: int64(n), Floor: int64(floor)}, true
}

const hexDigits = "0123456789abcdef"

func appendHex(b []byte, v uint64, width int) []byte {
	for shift := 4 * (width - 1); shift >= 0; shift -= 4 {
		b = append(b, hexDigits[v>>shift&15])
	}
	return b
}

func parseHex(p []byte) (v uint64, ok bool) {
	for _, c := range p {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint64(c)
	}
	return v, true
}

package edit

import "github.com/chatctl/chatctl/tui/keymap"

// kill carries out what cuts and yanks.
func (b *Buffer) kill(a keymap.Action) bool {
	switch a {
	case keymap.KillLine:
		end := b.lineEnd()
		if end == b.at {
			end = b.after() // at the end of a line its newline goes
		}
		b.cut(b.at, end, false)
	case keymap.KillLineBack:
		start := b.lineStart()
		if start == b.at {
			start = b.before()
		}
		b.cut(start, b.at, true)
	case keymap.KillWord:
		b.cut(b.at, b.wordAfter(), false)
	case keymap.KillWordBack:
		b.cut(b.wordBefore(), b.at, true)
	case keymap.Yank:
		b.yank(0)
	case keymap.YankPop:
		if b.last == yanked {
			b.yank(b.turn + 1)
		}
	default:
		return false
	}
	return true
}

// cut removes a part and keeps it; parts cut in a row are one.
func (b *Buffer) cut(start, end int, back bool) {
	if start == end {
		return
	}
	piece := b.text[start:end]
	ring := append([]string(nil), b.ring...) // a copy of the buffer keeps its own
	switch {
	case b.last != cut || len(ring) == 0:
		ring = append([]string{piece}, ring...)
	case back:
		ring[0] = piece + ring[0]
	default:
		ring[0] += piece
	}
	b.ring = ring[:min(len(ring), maxRing)]
	b.remove(start, end, cut)
}

// yank inserts the nth of what was cut, in the place of the yank before it when n is not 0.
func (b *Buffer) yank(n int) {
	if len(b.ring) == 0 {
		return
	}
	start := b.at
	if n > 0 {
		start -= b.yanked
	}
	piece := b.ring[n%len(b.ring)]
	if b.change(yanked, b.text[:start]+piece, b.text[b.at:]) {
		b.turn, b.yanked = n%len(b.ring), b.at-start
	}
}

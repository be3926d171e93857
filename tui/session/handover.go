package session

import "sync"

// Handover is how a session comes to its screen: a command opens it, while the
// screen may be left. Then nobody takes what it brings. The zero Handover is
// ready; Bring and Take may be called concurrently.
type Handover struct {
	mu      sync.Mutex
	brought *Session // and not taken yet
	left    bool
}

// Bring keeps s until it is taken. It reports false, and keeps nothing, where the screen was left.
func (h *Handover) Bring(s *Session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.left {
		h.brought = s
	}
	return !h.left
}

// Take is what was brought, nil for nothing. Who leaves gets the last.
func (h *Handover) Take(leave bool) *Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.brought
	h.brought, h.left = nil, leave
	return s
}

package session

import (
	"context"
	"log/slog"
	"sync"
)

// Handover is how a session comes to its screen: a command opens it, while the
// screen may be left. Then nobody takes what it brings. The zero Handover is
// ready; its methods may be called concurrently.
type Handover struct {
	mu      sync.Mutex
	brought *Session // and not taken yet
	left    bool
}

// Open opens a session for Take. Where the screen was left meanwhile, it is
// closed again, and err says how that went.
func (h *Handover) Open(ctx context.Context, a Account, log *slog.Logger) (left bool, err error) {
	s, err := Open(ctx, a, log)
	if err != nil {
		return false, err
	}
	if !h.bring(s) {
		return true, s.Close()
	}
	return false, nil
}

func (h *Handover) bring(s *Session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.left {
		h.brought = s
	}
	return !h.left
}

// Take is what was brought, nil for nothing. Who leaves is the last to take.
func (h *Handover) Take(leave bool) *Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.brought
	h.brought, h.left = nil, leave
	return s
}

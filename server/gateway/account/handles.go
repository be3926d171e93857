package account

import (
	"sync"

	"github.com/chatctl/chatctl/server/api"
)

// mostHandles bounds a generation of handles.
const mostHandles = 10_000

// handles remembers whose handles were asked for lately. A handle is never given
// out again (promises, rule 23), so what is remembered stays true; of one who was
// deleted meanwhile chat says what it says of nobody.
type handles struct {
	mu         sync.RWMutex
	young, old map[string]api.UserID
}

func newHandles() *handles { return &handles{young: map[string]api.UserID{}} }

// into puts the users of handles that are remembered into users and returns the other handles.
func (h *handles) into(users map[string]api.UserID, asked []string) (missing []string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, handle := range asked {
		user, ok := h.young[handle]
		if !ok {
			user, ok = h.old[handle]
		}
		if !ok {
			missing = append(missing, handle)
			continue
		}
		users[handle] = user
	}
	return missing
}

func (h *handles) add(handle string, user api.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.young) >= mostHandles {
		h.young, h.old = map[string]api.UserID{}, h.young
	}
	h.young[handle] = user
}

package client

import "github.com/chatctl/chatctl/server/client/internal/call"

// Backoff is the wait before asking again for what the Client asks for once
// (promises, rule 12). It belongs to one goroutine.
type Backoff = call.Backoff

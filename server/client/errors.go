package client

import "github.com/chatctl/chatctl/server/client/internal/call"

// ErrUnreachable says that no server took the request: nothing was accepted.
var ErrUnreachable = call.ErrUnreachable

// TLSError says that a server was not asked because it does not speak TLS, or
// showed a certificate that is not trusted, and what to do. It is ErrUnreachable.
type TLSError = call.TLSError

// ErrForeign says that what answered does not speak as a chatctl server of this version.
var ErrForeign = call.ErrForeign

// ErrReadOnly says that the request would change something, which Config.ReadOnly forbids.
var ErrReadOnly = call.ErrReadOnly

// ErrUnknown says that the request was accepted, or that nobody knows; it is in
// every UnknownError.
var ErrUnknown = call.ErrUnknown

// UnknownError tells that an action was asked for and its outcome did not come.
// Asking again with the same key does it once. It is ErrUnknown.
type UnknownError = call.UnknownError

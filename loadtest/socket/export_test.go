package socket

// AcceptOf lets a test play the server's side of the handshake.
var AcceptOf = acceptOf

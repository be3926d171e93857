// Package socket is the client end of many thousand WebSockets in one process
// (RFC 6455). It does what a load generator needs and no more: text messages,
// read in place in pooled buffers that a quiet connection does not hold, many to
// a read; pings are answered. It has no compression.
//
// A general library costs a buffer and several microseconds for each message of
// each connection, and so would measure itself.
//
// One goroutine may call Next, and any goroutine Write and Close, at the same time.
package socket

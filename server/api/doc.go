// Package api is the contract between chatctl's server and its clients: ids,
// actions, results, entries, heads, frames, problems and limits, with the strict
// codec that reads them.
//
// Everything here is what travels over HTTP and the WebSocket. Servers decode
// strictly (Decode); clients decode tolerantly (DecodeTolerant) and ignore what
// they do not know. Values are plain data and safe to share once built.
package api

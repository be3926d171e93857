// Package text is the border for strangers' text: what may come in (Handle,
// Name, Message) and the one way to a terminal or a human-readable log (Show).
package text

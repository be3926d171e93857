//go:build !linux

package store_test

// faultyDisks needs what Linux has: mounts of one's own, and strace.
func faultyDisks() map[string]role { return nil }

//go:build !linux

package jetstream

// keepsNames tells whether fsync of a new file keeps its name too: it was only
// seen on Linux (measured, C).
func keepsNames(string) bool { return false }

//go:build !unix

package jetstream

// Names cannot be synced here: opening a directory for writing is not allowed.

func syncPath(string, string) error { return nil }

func syncDirectory(string) error { return nil }

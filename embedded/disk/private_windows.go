package disk

import "log/slog"

// Private leaves it to the access list that a directory in the user's profile inherits.
func Private(string, *slog.Logger) error { return nil }

// SyncDir does nothing: Windows has no such call, NTFS journals names.
func SyncDir(string) error { return nil }

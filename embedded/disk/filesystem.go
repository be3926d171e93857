// Package disk is what the embedded engines have to know of the disk under a data
// directory: whether it keeps what was synced, how much of it is free, and whose
// it is.
//
// Space refuses new work before the disk is full and keeps the ballast that
// finishes what was accepted (promises, rule 9). What is written there is others'
// matter. All functions and methods may be called concurrently.
package disk

import (
	"fmt"
	"log/slog"
)

// Trust is how far a file system is known to keep what was synced.
type Trust int

// The levels of trust.
const (
	Tested  Trust = iota // power cuts were tried on it (measured, C)
	Unknown              // may be sound; nobody tried
	Unfit                // gone after a power cut, or locks and syncs of several machines
)

// Fit refuses a directory on what cannot keep promises A1 and A2, unless forced, and warns of what nobody tried.
func Fit(dir string, force bool, log *slog.Logger) error {
	kind, level, err := Kind(dir)
	if err != nil {
		return fmt.Errorf("asking for its file system: %w", err)
	}
	switch {
	case level == Unfit && !force:
		return fmt.Errorf("on %s, where an acknowledged message may be lost: name a directory on a local disk with --data, or accept that with --force", kind)
	case level != Tested:
		log.Warn("file system not known to keep messages over a power cut; ext4 and XFS are", "filesystem", kind, "data", dir)
	}
	return nil
}

package embedded

import (
	"fmt"
	"log/slog"
)

// trust is how far a file system is known to keep what was synced.
type trust int

const (
	tested  trust = iota // power cuts were tried on it (measured, C)
	unknown              // may be sound; nobody tried
	unfit                // gone after a power cut, or locks and syncs of several machines
)

// checkFilesystem refuses what cannot keep promises A1 and A2.
func checkFilesystem(dir string, force bool, log *slog.Logger) error {
	kind, level, err := kindOf(dir)
	if err != nil {
		return fmt.Errorf("asking for its file system: %w", err)
	}
	switch {
	case level == unfit && !force:
		return fmt.Errorf("on %s, where an acknowledged message may be lost: name a directory on a local disk with --data, or accept that with --force", kind)
	case level != tested:
		log.Warn("file system not known to keep messages over a power cut; ext4 and XFS are", "filesystem", kind, "data", dir)
	}
	return nil
}

// Kind names the file system that dir lies on, as far as the platform tells.
func Kind(dir string) (string, error) {
	kind, _, err := kindOf(dir)
	return kind, err
}

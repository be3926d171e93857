package embedded

import (
	"path/filepath"
	"strings"
)

// sameDisk reports whether two directories have the same volume's name.
func sameDisk(a, b string) (bool, error) {
	return strings.EqualFold(filepath.VolumeName(a), filepath.VolumeName(b)), nil
}

package disk

import (
	"path/filepath"
	"strings"
)

// Same reports whether two directories have the same volume's name.
func Same(a, b string) (bool, error) {
	return strings.EqualFold(filepath.VolumeName(a), filepath.VolumeName(b)), nil
}

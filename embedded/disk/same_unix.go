//go:build !windows

package disk

import (
	"os"
	"syscall"
)

// Same reports whether two directories lie on one file system.
func Same(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	if err != nil {
		return false, err
	}
	sx, okX := x.Sys().(*syscall.Stat_t)
	sy, okY := y.Sys().(*syscall.Stat_t)
	return !okX || !okY || sx.Dev == sy.Dev, nil
}

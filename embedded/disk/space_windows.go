package disk

import (
	"os"

	"golang.org/x/sys/windows"
)

// Free is what this user can still write on dir's disk.
func Free(dir string) (int64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, err
	}
	return int64(min(free, 1<<62)), nil
}

// whole reports whether file has size bytes.
func whole(file string, size int64) bool {
	info, err := os.Stat(file)
	return err == nil && info.Size() == size
}

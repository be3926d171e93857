package machine

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func checkMemory() []Finding {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return []Finding{{Name: "memory", Err: err}}
	}
	unit := uint64(info.Unit)
	return []Finding{{Name: "memory", Detail: fmt.Sprintf("%d MiB", uint64(info.Totalram)*unit>>20)}}
}

// totalMemory is the machine's, in bytes.
func totalMemory() uint64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

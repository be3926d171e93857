package machine

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit of CPU time in /proc (proc(5): USER_HZ, which is 100 on every Linux that Go runs on).
const tick = 10 * time.Millisecond

// processUse reads another process's CPU time and resident memory (proc(5)).
// Both are 0 when it has ended.
func processUse(pid int) (cpu time.Duration, rss int64) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	// The name, in parentheses, may hold anything; fields count from behind it.
	f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(f) < 22 {
		return 0, 0
	}
	at := func(i int) int64 {
		n, _ := strconv.ParseInt(string(f[i]), 10, 64)
		return n
	}
	return time.Duration(at(11)+at(12)) * tick, at(21) * int64(os.Getpagesize())
}

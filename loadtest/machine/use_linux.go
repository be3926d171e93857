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

// kernelUse reads the machine's slab (proc_meminfo(5)) and its TCP sockets and
// buffers (proc_net(5), sockstat). It is all zero when one of them cannot be read.
func kernelUse() Kernel {
	slab, ok := number("/proc/meminfo", "Slab:", 1)
	sockets, ok2 := number("/proc/net/sockstat", "TCP:", 8)
	pages, ok3 := number("/proc/net/sockstat", "TCP:", 10)
	if !ok || !ok2 || !ok3 {
		return Kernel{}
	}
	return Kernel{Sockets: sockets, Bytes: slab<<10 + pages*int64(os.Getpagesize())}
}

// ioPressure reads the total of /proc/pressure/io (Documentation/accounting/psi),
// which not every kernel has.
func ioPressure() time.Duration {
	b, err := os.ReadFile("/proc/pressure/io")
	if err != nil {
		return 0
	}
	some, _, _ := bytes.Cut(b, []byte("\n"))
	_, total, _ := bytes.Cut(some, []byte("total="))
	us, _ := strconv.ParseInt(string(total), 10, 64)
	return time.Duration(us) * time.Microsecond
}

// number is the i-th word of the line that begins with a name.
func number(file, name string, i int) (n int64, ok bool) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(b) {
		if f := bytes.Fields(line); len(f) > i && string(f[0]) == name {
			n, err := strconv.ParseInt(string(f[i]), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

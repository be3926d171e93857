// Package machine is what a load test must know of the machine it runs on: what
// it and the server use, how many files it may open, and how to sleep precisely.
//
// All functions may be called concurrently.
package machine

import (
	"os"
	"runtime"
	"time"
)

// Use is what this process, and a server's, have used of the machine so far.
type Use struct {
	At        time.Time
	Self      time.Duration // CPU
	Server    time.Duration // CPU; 0 when the process is not known
	ServerRSS int64         // bytes; 0 when the process is not known
	SelfRSS   int64         // bytes; 0 when not known
	IO        time.Duration // in which something on this machine waited for its disks; 0 when not known
	Kernel    Kernel        // what the whole machine's kernel holds
}

// Kernel is the kernel's memory as far as sockets have a part in it.
type Kernel struct {
	Sockets int64 // TCP sockets in use; 0 when not known
	Bytes   int64 // of all its objects and of what waits in TCP's buffers
}

// PerSocket is by how much the kernel has grown for each TCP socket since
// before; 0 when not known. Whatever else the machine did meanwhile shows in it.
func (k Kernel) PerSocket(before Kernel) int64 {
	if k.Sockets <= before.Sockets || before.Sockets == 0 {
		return 0
	}
	return (k.Bytes - before.Bytes) / (k.Sockets - before.Sockets)
}

// Take reads the use so far; server is a process on this machine, or 0.
func Take(server int) Use {
	u := Use{At: time.Now(), Self: selfCPU(), Kernel: kernelUse(), IO: ioPressure()}
	_, u.SelfRSS = processUse(os.Getpid())
	if server > 0 {
		u.Server, u.ServerRSS = processUse(server)
	}
	return u
}

// Cores is how many cores this process may use.
func Cores() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }

// Room is how many cores this process could have used beside a server that used
// so many: its own, less the server's when both share them, but never less than
// the server had.
func Room(server float64, shared bool) float64 {
	own := float64(Cores())
	if server == 0 || !shared {
		return own
	}
	return min(own, max(own-server, server))
}

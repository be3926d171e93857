//go:build !linux

package machine

import "time"

// processUse is not known here.
func processUse(int) (cpu time.Duration, rss int64) { return 0, 0 }

// ioPressure is not known here.
func ioPressure() time.Duration { return 0 }

// kernelUse is not known here.
func kernelUse() Kernel { return Kernel{} }

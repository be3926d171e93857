//go:build !linux

package loadtest

import "syscall"

// childAttr leaves a child as it is.
func childAttr() *syscall.SysProcAttr { return nil }

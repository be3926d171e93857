//go:build !linux

package throwaway

import "syscall"

// childAttr leaves a child as it is.
func childAttr() *syscall.SysProcAttr { return nil }

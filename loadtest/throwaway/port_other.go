//go:build !linux

package throwaway

// KeepPort does nothing here: a port that is bound twice is refused, or shared.
func KeepPort(string) (release func()) { return func() {} }

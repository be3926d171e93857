package tuitest

import "io"

// input is where a program's keys come from. One write is one read, so that two
// keys never come as one.
func input() (in io.ReadCloser, keys io.WriteCloser, err error) {
	in, keys = io.Pipe()
	return in, keys, nil
}

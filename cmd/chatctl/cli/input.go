package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// ReadAll reads all of in, at most most bytes: more is a usage error. It
// returns when ctx ends, though the read itself only ends with the process.
func ReadAll(ctx context.Context, in io.Reader, most int) (string, error) {
	return wait(ctx, func() (string, error) {
		b, err := io.ReadAll(io.LimitReader(in, int64(most)+1))
		switch {
		case err == nil && len(b) == 0:
			err = Misused("give it as an argument, or pipe it in", "there is nothing on stdin")
		case err == nil && len(b) > most:
			err = Misused("split it", "stdin has more than %d bytes", most)
		}
		return string(b), err
	})
}

// Lines reads text line by line, for one goroutine.
type Lines struct{ r *bufio.Reader }

// NewLines reads in by lines of at most most bytes.
func NewLines(in io.Reader, most int) Lines { return Lines{bufio.NewReaderSize(in, most)} }

// Next returns the next line without its end, or io.EOF after the last. A line
// that is too long is a usage error. It returns when ctx ends; nothing may be
// read after that.
func (l Lines) Next(ctx context.Context) (string, error) {
	return wait(ctx, func() (string, error) {
		b, err := l.r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return "", Misused("split it", "it has more than %d bytes", l.r.Size())
		case errors.Is(err, io.EOF) && len(b) > 0:
			err = nil // a last line without its end
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), err
	})
}

// wait runs read, which only the process's end can interrupt, until ctx ends.
func wait(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		s   string
		err error
	}
	got := make(chan answer, 1)
	go func() {
		s, err := read()
		got <- answer{s, err}
	}()
	select {
	case a := <-got:
		return a.s, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

package disk

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate gives f size bytes of disk.
func allocate(ctx context.Context, f *os.File, size int64) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, size)
	for errors.Is(err, unix.EINTR) && ctx.Err() == nil {
		err = unix.Fallocate(int(f.Fd()), 0, 0, size)
	}
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return fill(ctx, f, size)
	}
	return err
}

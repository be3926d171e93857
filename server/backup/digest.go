package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// block is what is read at a time: so long a context's end is not seen.
const block = 1 << 20

// digest reads a file.
func digest(ctx context.Context, path string) (File, error) {
	in, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	n, err := pour(ctx, sum, in)
	return fileOf(path, n, sum), errors.Join(err, in.Close())
}

// copyFile copies a file to a new one and digests what it copied.
func copyFile(ctx context.Context, from, to string) (File, error) {
	in, err := os.Open(from)
	if err != nil {
		return File{}, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	n, err := pour(ctx, io.MultiWriter(out, sum), in)
	return fileOf(from, n, sum), errors.Join(err, out.Close())
}

func fileOf(path string, n int64, sum hash.Hash) File {
	return File{Name: filepath.Base(path), Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}
}

// pour is io.Copy until ctx ends.
func pour(ctx context.Context, to io.Writer, from io.Reader) (n int64, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		some, err := io.CopyN(to, from, block)
		n += some
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

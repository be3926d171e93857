package backup

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/content"
	"github.com/chatctl/chatctl/server/store"
)

// erasedPage is how many accounts are read at a time.
const erasedPage = 1000

// writeErased writes the list of the accounts that were erased in a database:
// one JSON object a line. A restore applies it (promises, rule 22).
func writeErased(ctx context.Context, accounts store.DB, w io.Writer) error {
	for after := (api.UserID{}); ; {
		page, err := content.ErasedAfter(ctx, accounts, after, erasedPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range page {
			if _, err := w.Write(append(api.Encode(e), '\n')); err != nil {
				return err
			}
			after = e.User
		}
	}
}

// ReadErased reads such lists.
func ReadErased(paths ...string) (all []api.Erased, err error) {
	for _, path := range paths {
		if err := readErased(path, &all); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	return all, nil
}

func readErased(path string, all *[]api.Erased) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		e, err := api.Decode[api.Erased](lines.Bytes())
		if err != nil || e.User.IsZero() || e.Time <= 0 {
			return fmt.Errorf("line %d is no erased account: a new list is written by chatctl admin backup erased", n)
		}
		*all = append(*all, e)
	}
	return lines.Err()
}

package call_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/chatctl/chatctl/server/client/internal/call"
)

// pages reads 1 to 4 in pages of three from a server that heeds where to go on, or does not.
func pages(heeds bool) ([]int, error) {
	asked := 0
	return call.Pages(func(last *int) ([]int, error) {
		from := 0
		if heeds && last != nil {
			from = *last
		}
		if asked++; asked > 9 {
			return nil, nil // else it would never end
		}
		return []int{1, 2, 3, 4}[from:min(from+3, 4)], nil
	})
}

func TestPagesEndAlsoWhereTheServerBeginsAnew(t *testing.T) {
	if all, err := pages(true); err != nil || !slices.Equal(all, []int{1, 2, 3, 4}) {
		t.Errorf("%v, %v", all, err)
	}
	if all, err := pages(false); !errors.Is(err, call.ErrForeign) {
		t.Errorf("%v, %v", all, err)
	}
}

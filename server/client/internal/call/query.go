package call

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
)

// Pages reads pages until an empty one. page gets the last item so far. A page
// that ends with that again is ErrForeign: who answers does not heed what is asked
// for, and would never end.
func Pages[T any](page func(last *T) ([]T, error)) (all []T, err error) {
	var last *T
	for {
		items, err := page(last)
		if err != nil || len(items) == 0 {
			return all, err
		}
		if last != nil && reflect.DeepEqual(items[len(items)-1], *last) {
			return nil, fmt.Errorf("%w: a list goes on with what it had", ErrForeign)
		}
		all = append(all, items...)
		last = &all[len(all)-1]
	}
}

// Query is a URL's; empty values are left out.
type Query map[string]string

// String is the query with its question mark, or nothing when it is empty.
func (q Query) String() string {
	v := url.Values{}
	for name, value := range q {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// Number is n for a query, where 0 is the default.
func Number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

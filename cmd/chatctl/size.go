package main

import (
	"fmt"
	"strconv"
	"strings"
)

// parseSize reads a number of bytes with an optional unit: KiB, MiB, GiB, TiB, or K, M, G, T for the same.
func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "KMGTiB")
	shift := map[string]int{"": 0, "B": 0, "K": 10, "KiB": 10, "M": 20, "MiB": 20, "G": 30, "GiB": 30, "T": 40, "TiB": 40}
	by, known := shift[s[len(digits):]]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !known || n < 0 || n > (1<<62)>>by {
		return 0, fmt.Errorf("%q is no size: write bytes, or a whole number with KiB, MiB, GiB or TiB", s)
	}
	return n << by, nil
}

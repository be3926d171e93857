// Package order says which of two cells of a column comes first.
//
// It is one order whatever stands in the column. It may be called concurrently.
package order

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"
)

// Cells compares numbers and durations by value, and all else as text. What is
// of one kind stands together, or the order would not be one.
func Cells(a, b string) int {
	kindA, x := weigh(a)
	kindB, y := weigh(b)
	return cmp.Or(cmp.Compare(kindA, kindB), cmp.Compare(x, y), strings.Compare(a, b))
}

// The kinds of what is sorted, in their order.
const (
	number = iota
	duration
	words
)

// weigh tells what kind of thing a cell is, and its value, which words have none of.
func weigh(cell string) (kind int, value float64) {
	if f, err := strconv.ParseFloat(cell, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return number, f
	}
	if d, err := time.ParseDuration(cell); err == nil {
		return duration, float64(d)
	}
	return words, 0
}

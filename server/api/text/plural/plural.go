// Package plural says how many there are of something: 1 client, 2 clients.
//
// It is for the words of programs, which are English.
package plural

import "fmt"

// Of is n with what there are of it. plurals is its plural where that is not
// the singular and an s.
func Of[N ~int | ~int64](n N, singular string, plurals ...string) string {
	switch {
	case n == 1:
		return "1 " + singular
	case len(plurals) > 0:
		return fmt.Sprintf("%d %s", n, plurals[0])
	}
	return fmt.Sprintf("%d %ss", n, singular)
}

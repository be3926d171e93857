package password

import (
	_ "embed"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/chatctl/chatctl/server/api"
)

//go:embed common.txt
var common string

// Check reports why a new password cannot be taken: its length in bytes, or that
// it is one of those that are guessed first. There are no rules of composition.
func Check(password string) error {
	if n := len(password); n < api.MinPassword || n > api.MaxPassword {
		return fmt.Errorf("a password has %d to %d bytes, not %d", api.MinPassword, api.MaxPassword, n)
	}
	if isCommon(strings.ToLower(password)) {
		return errors.New("this password is one of the first to be guessed; take another")
	}
	return nil
}

// isCommon searches the sorted text itself, so that the list costs no memory but its own.
func isCommon(s string) bool {
	if strings.Contains(s, "\n") {
		return false
	}
	at := sort.Search(len(common), func(i int) bool { return lineAt(i) >= s })
	return at < len(common) && lineAt(at) == s
}

// lineAt is the first whole line that begins at or after byte i; "\xff" behind
// the last one and "" within the comment.
func lineAt(i int) string {
	if i > 0 {
		nl := strings.IndexByte(common[i-1:], '\n')
		if nl < 0 || i+nl >= len(common) {
			return "\xff"
		}
		i += nl
	}
	line, _, _ := strings.Cut(common[i:], "\n")
	if strings.HasPrefix(line, "# ") {
		return ""
	}
	return line
}

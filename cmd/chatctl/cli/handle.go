package cli

import (
	"strings"

	"github.com/chatctl/chatctl/server/api/text"
)

// Handle reads @HANDLE. Where only a person can be meant, the @ may be left out.
func Handle(arg string) (string, error) {
	handle := strings.TrimPrefix(arg, "@")
	if err := text.Handle(handle); err != nil {
		return "", Misused("a person is written @HANDLE", "%q is no handle: %v", arg, err)
	}
	return handle, nil
}

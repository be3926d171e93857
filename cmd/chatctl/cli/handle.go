package cli

import (
	"strings"

	"github.com/chatctl/chatctl/server/api"
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

// GroupName writes a group's name as an argument: after a # where it would be
// taken for something else.
func GroupName(name string) string {
	var id api.ConversationID
	if strings.HasPrefix(name, "@") || strings.HasPrefix(name, "#") || strings.HasPrefix(name, "-") || id.UnmarshalText([]byte(name)) == nil {
		return "#" + name
	}
	return name
}

package talk

import (
	"github.com/chatctl/chatctl/cmd/chatctl/schema"
	"github.com/chatctl/chatctl/cmd/chatctl/talk/entry"
	"github.com/chatctl/chatctl/server/api"
)

// Printed is what these commands print with -o json.
func Printed() schema.Types {
	result, printed := schema.Of[api.Result](), schema.Of[entry.Row]()
	return schema.Types{
		"send": schema.Of[sent](), "edit": result, "delete": result, "report": result, "block": result, "unblock": result,
		"history": printed, "watch": printed,
		"group create": result, "group add": result, "group remove": result, "group role": result, "group rename": result,
		"group leave": result, "group list": schema.Of[api.Head](), "group members": schema.Of[api.Member](),
	}
}

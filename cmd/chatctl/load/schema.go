package load

import (
	"github.com/chatctl/chatctl/cmd/chatctl/schema"
	"github.com/chatctl/chatctl/loadtest/find"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/verify"
)

// Printed is what these commands print with -o json.
func Printed() schema.Types {
	types := schema.Types{"verify": schema.Of[verify.Report]()}
	for _, s := range scenarios {
		types["loadtest "+string(s.name)] = schema.Of[measure.Summary]()
		if s.findable() {
			types["loadtest find "+string(s.name)] = schema.Of[find.Answer]()
		}
	}
	return types
}

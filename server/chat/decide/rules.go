package decide

import (
	"time"

	"github.com/chatctl/chatctl/server/chat/membership"
)

// Rules are what a deployment decides. They are not changed after New.
type Rules struct {
	// EditWindow is how long after sending a message its sender can edit it.
	EditWindow time.Duration
	// MaxGroup is how many members a group may have.
	MaxGroup int64
	// Faults are zero but in tests.
	Faults Faults
}

// Faults break one promise each, so that a test can show that its checker sees it.
type Faults struct {
	membership.Faults
	NoDedupe            bool // what was decided is decided again
	NoRepublish         bool // a dedupe hit only moves on
	RefusalsNotStored   bool // a refusal leaves no row
	NoBlockCheck        bool // blocks have no effect at commit
	SkipSeq             bool // a place is lost now and then
	MarksGoBack         bool // marks are not merged by max
	PanicOnPoison       bool // a message of the text "poison" cannot be decided
	EditsNotApplied     bool // an edit is told, and changes no message
	DeleteKeepsVersions bool // a deletion leaves the texts of edits
	NoRoleCheck         bool // every member may do what owners may
	ErasureKeepsWords   bool // an erasure is told, and leaves the texts
	PurgeKeepsWords     bool // a purge is told, and leaves the texts
}

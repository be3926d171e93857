package thread

// Command is something that a key can ask of a Model.
type Command int

// The commands. Those from SelectUp on choose a message and do something with
// it; where none is chosen, SelectUp chooses the last one and the others do nothing.
const (
	LineUp Command = iota
	LineDown
	PageUp
	PageDown
	HalfUp
	HalfDown
	Oldest      // the first that is loaded; more is asked for
	Present     // the last one, and follow what comes
	FirstUnread // the "new" line; what is missing up to it is loaded
	SelectUp
	SelectDown
	SelectEnd // chooses none
	Reply
	Edit
	Delete // a failed send is dropped
	Copy
	Open
	Raw
	Retry
	Search // begin to write what to search for
	SearchNext
	SearchPrevious
)

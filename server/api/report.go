package api

// Report is a message that somebody reported, with a copy of it and of what
// stood around it as the reporter could read it then. Administrators read it.
type Report struct {
	Number       int64          `json:"number"` // its place in the list, ascending
	Conversation ConversationID `json:"conversation"`
	Seq          int64          `json:"seq"`
	Reporter     string         `json:"reporter"` // handles
	Reported     string         `json:"reported"`
	Text         string         `json:"text,omitempty"` // the reporter's own words
	Time         Time           `json:"time"`
	Closed       Time           `json:"closed,omitzero"`
	Context      []Copied       `json:"context,omitempty"` // not in lists
}

// Copied is one message of a report's context. Versions are its texts, oldest
// first; those around the reported message have only their last.
type Copied struct {
	Seq      int64    `json:"seq"`
	Sender   string   `json:"sender"`
	Time     Time     `json:"time"`
	Versions []string `json:"versions"`
	Deleted  bool     `json:"deleted,omitzero"`
}

// ReportContext is how many messages on each side a report copies.
const ReportContext = 5

package api

// Backup is what is told of a backup.
type Backup struct {
	Dir           string `json:"dir"`
	Time          Time   `json:"time"`    // when it began
	Version       string `json:"version"` // the chatctl that made it
	Epoch         Epoch  `json:"epoch"`
	Accounts      int64  `json:"accounts"`
	Conversations int64  `json:"conversations"`
	Messages      int64  `json:"messages"`
	Bytes         int64  `json:"bytes"`
}

// Erased is an account that was erased, and when.
type Erased struct {
	User UserID `json:"user"`
	Time Time   `json:"time"`
}

// Stats are how much a server holds and does.
type Stats struct {
	Version       string  `json:"version"`
	Since         Time    `json:"since"` // when the process began to serve
	Accounts      int64   `json:"accounts"`
	Conversations int64   `json:"conversations"`
	Entries       int64   `json:"entries"`
	Messages      int64   `json:"messages"`
	Held          int64   `json:"held"`
	Connections   int     `json:"connections"`
	Rates         Rates   `json:"rates"`
	Disk          []Usage `json:"disk"`
}

// Rates are averages a second since the process began to serve, of what is there
// still: a conversation that was removed counts for nothing.
type Rates struct {
	Accounts float64 `json:"accounts"`
	Entries  float64 `json:"entries"`
	Messages float64 `json:"messages"`
}

// Usage is a part of the data directory, or what is free on its disk.
type Usage struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

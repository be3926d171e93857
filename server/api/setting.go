package api

// Setting is one of a server's settings as it is in force, and where it is from:
// a flag, a variable, a line of a file, or the default. No secret is in it.
type Setting struct {
	Name   string   `json:"name"`
	Value  string   `json:"value,omitempty"`
	Values []string `json:"values,omitempty"` // of one that is a list
	Origin string   `json:"origin"`
}

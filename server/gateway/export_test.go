package gateway

// Routes are the patterns of the table, for the test that wants a row for each.
func Routes() (patterns []string) {
	for _, r := range routes {
		patterns = append(patterns, r.pattern)
	}
	return patterns
}

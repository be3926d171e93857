package stage

// syncDir does nothing: NTFS keeps its names by itself.
func syncDir(string) error { return nil }

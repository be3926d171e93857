package server

// mostConnections: Windows has no bound of its own.
func mostConnections() int { return 1 << 20 }

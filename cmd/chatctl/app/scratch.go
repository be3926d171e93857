package app

import (
	"os"
	"path/filepath"
)

// Scratch is where a throw-away server keeps its data: on the disk that people's
// own data lie on, and not in a memory file system, which /tmp often is.
func (a *App) Scratch() string {
	base := a.Env.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) {
		base = filepath.Join(a.Env.Getenv("HOME"), ".cache")
	}
	dir := filepath.Join(base, "chatctl")
	if !filepath.IsAbs(dir) || os.MkdirAll(dir, 0o700) != nil {
		return os.TempDir()
	}
	return dir
}

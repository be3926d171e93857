package app

import (
	"os"
	"path/filepath"
)

// Scratch is where a throw-away server keeps its data: on the disk that people's
// own data lie on, and not in a memory file system, which /tmp often is.
func (a *App) Scratch() string {
	dir := a.cache()
	if !filepath.IsAbs(dir) || os.MkdirAll(dir, 0o700) != nil {
		return os.TempDir()
	}
	return dir
}

// LeaveScratch removes the directory that Scratch made, where nothing is in it.
func (a *App) LeaveScratch() {
	if dir := a.cache(); filepath.IsAbs(dir) {
		_ = os.Remove(dir) // it stays where another server's data are in it
	}
}

func (a *App) cache() string {
	base := a.Env.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) {
		base = filepath.Join(a.Env.Getenv("HOME"), ".cache")
	}
	return filepath.Join(base, "chatctl")
}

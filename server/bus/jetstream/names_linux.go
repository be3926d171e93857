package jetstream

import "golang.org/x/sys/unix"

// keepsNames tells whether fsync of a new file keeps its name too, as ext4 and
// XFS do (measured, C): elsewhere the directory is synced as well.
func keepsNames(dir string) bool {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return false
	}
	switch fs.Type {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC:
		return true
	}
	return false
}

package disk

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// filesystem names what a magic number stands for (statfs(2) and linux/magic.h).
func filesystem(magic int64) (kind string, level Trust) {
	switch magic {
	case unix.EXT4_SUPER_MAGIC: // ext2 and ext3 too
		return "ext4", Tested
	case unix.XFS_SUPER_MAGIC:
		return "XFS", Tested

	case unix.TMPFS_MAGIC:
		return "tmpfs", Unfit
	case unix.RAMFS_MAGIC:
		return "ramfs", Unfit
	case unix.HUGETLBFS_MAGIC:
		return "hugetlbfs", Unfit
	case unix.NFS_SUPER_MAGIC:
		return "NFS", Unfit
	case unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
		return "SMB", Unfit
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS", Unfit
	case unix.CODA_SUPER_MAGIC:
		return "Coda", Unfit
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph", Unfit
	case unix.V9FS_MAGIC:
		return "9P", Unfit
	case 0x0bd00bd0:
		return "Lustre", Unfit
	case 0x47504653:
		return "GPFS", Unfit
	case 0x19830326:
		return "BeeGFS", Unfit

	case unix.FUSE_SUPER_MAGIC: // may be a network behind it, or a good disk
		return "FUSE", Unknown
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlayfs", Unknown
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs", Unknown
	case unix.F2FS_SUPER_MAGIC:
		return "F2FS", Unknown
	case 0x2fc12fc1:
		return "ZFS", Unknown
	case 0xca451a4e:
		return "bcachefs", Unknown
	case unix.MSDOS_SUPER_MAGIC, unix.EXFAT_SUPER_MAGIC:
		return "FAT", Unknown
	}
	return fmt.Sprintf("file system %#x", magic), Unknown
}

// Kind names the file system that dir lies on, and how far it is trusted.
func Kind(dir string) (string, Trust, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return "", Unknown, err
	}
	kind, level := filesystem(int64(uint32(st.Type))) // 32 bits in truth, some architectures extend the sign
	return kind, level, nil
}

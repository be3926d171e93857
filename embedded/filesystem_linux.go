package embedded

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// filesystem names what a magic number stands for (statfs(2) and linux/magic.h).
func filesystem(magic int64) (kind string, level trust) {
	switch magic {
	case unix.EXT4_SUPER_MAGIC: // ext2 and ext3 too
		return "ext4", tested
	case unix.XFS_SUPER_MAGIC:
		return "XFS", tested

	case unix.TMPFS_MAGIC:
		return "tmpfs", unfit
	case unix.RAMFS_MAGIC:
		return "ramfs", unfit
	case unix.HUGETLBFS_MAGIC:
		return "hugetlbfs", unfit
	case unix.NFS_SUPER_MAGIC:
		return "NFS", unfit
	case unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
		return "SMB", unfit
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS", unfit
	case unix.CODA_SUPER_MAGIC:
		return "Coda", unfit
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph", unfit
	case unix.V9FS_MAGIC:
		return "9P", unfit
	case 0x0bd00bd0:
		return "Lustre", unfit
	case 0x47504653:
		return "GPFS", unfit
	case 0x19830326:
		return "BeeGFS", unfit

	case unix.FUSE_SUPER_MAGIC: // may be a network behind it, or a good disk
		return "FUSE", unknown
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlayfs", unknown
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs", unknown
	case unix.F2FS_SUPER_MAGIC:
		return "F2FS", unknown
	case 0x2fc12fc1:
		return "ZFS", unknown
	case 0xca451a4e:
		return "bcachefs", unknown
	case unix.MSDOS_SUPER_MAGIC, unix.EXFAT_SUPER_MAGIC:
		return "FAT", unknown
	}
	return fmt.Sprintf("file system %#x", magic), unknown
}

func kindOf(dir string) (string, trust, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return "", unknown, err
	}
	kind, level := filesystem(int64(uint32(st.Type))) // 32 bits in truth, some architectures extend the sign
	return kind, level, nil
}

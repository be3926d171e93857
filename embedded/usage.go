package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chatctl/chatctl/embedded/disk"
	"github.com/chatctl/chatctl/server/api"
)

// spare is what a backup must leave free on another disk than the data's.
const spare = 16 << 20

// disk tells what lies in the data directory.
func (e *Engines) disk() ([]api.Usage, error) {
	chat, err := fileBytes(e.dir.ChatDB())
	if err != nil {
		return nil, err
	}
	accounts, err := fileBytes(e.dir.AccountsDB())
	if err != nil {
		return nil, err
	}
	log, err := treeBytes(e.dir.JetStream())
	if err != nil {
		return nil, err
	}
	return []api.Usage{{Name: "chat", Bytes: chat}, {Name: "accounts", Bytes: accounts}, {Name: "log", Bytes: log}}, nil
}

// room refuses a backup that would leave too little: on the data's own disk the
// server would refuse new work then.
func (e *Engines) room(dir string) error {
	var need int64 = spare
	for _, db := range Databases(e.dir.Path()) {
		n, err := fileBytes(db)
		if err != nil {
			return err
		}
		need += n
	}
	same, err := disk.Same(dir, e.dir.Path())
	if err != nil {
		return err
	}
	if same {
		need += e.cfg.MinFree
	}
	free, err := disk.Free(dir)
	if err == nil && free < need {
		err = fmt.Errorf("%d MiB of disk are free and it needs %d: free some, or name a directory on another disk", free>>20, need>>20)
	}
	return err
}

// fileBytes is the size of a database with its WAL.
func fileBytes(db string) (sum int64, err error) {
	for _, path := range []string{db, db + "-wal"} {
		info, err := os.Stat(path)
		switch {
		case err == nil:
			sum += info.Size()
		case !errors.Is(err, fs.ErrNotExist):
			return 0, err
		}
	}
	return sum, nil
}

// treeBytes is the size of the files under dir; those that vanish meanwhile do not count.
func treeBytes(dir string) (sum int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				sum += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return sum, err
}

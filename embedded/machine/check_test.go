package machine_test

import (
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/embedded/machine"
)

func TestDoctorSeesASoundMachine(t *testing.T) {
	names := map[string]bool{}
	for _, f := range machine.Check(t.Context(), t.TempDir()) {
		names[f.Name] = true
		if f.Detail == "" && f.Err == nil {
			t.Errorf("%s says nothing", f.Name)
		}
	}
	for _, want := range []string{"sync", "file system", "free disk", "cores"} {
		if !names[want] {
			t.Errorf("nothing about %s", want)
		}
	}
	for _, f := range machine.Check(t.Context(), filepath.Join(t.TempDir(), "gone")) {
		if f.Name == "sync" && f.Err == nil {
			t.Error("a directory that is not there was synced")
		}
	}
}

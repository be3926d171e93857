package admin_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/admin"
)

// The server's deadline for reading a request does not end the backup that it
// asked for, and the one for writing an answer does not swallow this one.
func TestABackupMayTakeLongerThanARequestAndItsAnswer(t *testing.T) {
	o := newOffice(t)
	const deadline = 2 * time.Second
	h := admin.New(admin.Config{Accounts: o.accounts, Log: slog.New(slog.DiscardHandler),
		Backup: func(ctx context.Context, dir string) (api.Backup, error) {
			late := time.NewTimer(2 * deadline)
			defer late.Stop()
			select {
			case <-ctx.Done():
				t.Error("it was given up")
				return api.Backup{}, ctx.Err()
			case <-late.C:
				return api.Backup{Dir: dir}, nil
			}
		}})
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = deadline, deadline
	srv.Start()
	defer srv.Close()
	resp, err := http.Post(srv.URL+"/admin/v1/backups", "application/json", strings.NewReader(`{"dir":"/backups/monday"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("status %d", resp.StatusCode)
	}
}

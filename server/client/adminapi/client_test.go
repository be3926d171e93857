package adminapi_test

import (
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAdminAsksItsSocketWithoutAToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a token was sent")
		}
		asked = append(asked, r.URL.RequestURI())
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(api.Encode(api.User{Handle: "ada"}))
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	a := adminapi.New(path)
	defer a.Close()
	u, err := a.CreateUser(t.Context(), adminapi.NewUser{Handle: "ada", Email: "a@example.org", Password: "secret12", Verified: true})
	if err != nil || u.Handle != "ada" || asked[0] != "/admin/v1/users" {
		t.Fatalf("%+v, %v, asked %+v", u, err, asked)
	}
	if err := a.Grant(t.Context(), "ada", "loadtest"); err != nil || asked[1] != "/admin/v1/users/ada/grants/loadtest" {
		t.Fatalf("%v, asked %+v", err, asked)
	}
}

package health_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/chatctl/chatctl/server/ops/health"
)

func get(t *testing.T, h http.Handler) (int, health.Answer) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	var a health.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	return w.Code, a
}

func passes(context.Context) error { return nil }
func fails(context.Context) error  { return errors.New("log is full") }

func TestReadyWhenEveryCheckPasses(t *testing.T) {
	h := health.New(health.Check{Name: "log", Fn: passes}, health.Check{Name: "disk", Fn: passes})
	code, a := get(t, h.Readyz())
	if code != 200 || a.Status != "ok" || len(a.Checks) != 2 || a.Checks[0].Name != "log" || !a.Checks[1].OK {
		t.Errorf("got %d %+v", code, a)
	}
}

func TestOneFailingCheckIsNamedAndAnswers503(t *testing.T) {
	h := health.New(health.Check{Name: "store", Fn: passes}, health.Check{Name: "log", Fn: fails})
	code, a := get(t, h.Readyz())
	if code != 503 || a.Status != "failing" || a.Checks[1] != (health.Result{Name: "log", Error: "log is full"}) || !a.Checks[0].OK {
		t.Errorf("got %d %+v", code, a)
	}
}

func TestDrainingIsNotReadyButLives(t *testing.T) {
	h := health.New(health.Check{Name: "store", Fn: passes})
	h.SetDraining()
	if code, a := get(t, h.Readyz()); code != 503 || a.Status != "draining" || !a.Checks[0].OK {
		t.Errorf("ready: got %d %+v", code, a)
	}
	if code, a := get(t, h.Livez()); code != 200 || a.Status != "ok" {
		t.Errorf("live: got %d %+v", code, a)
	}
}

func TestLiveWhateverTheChecksSay(t *testing.T) {
	h := health.New(health.Check{Name: "log", Fn: fails})
	if code, _ := get(t, h.Livez()); code != 200 {
		t.Errorf("got %d", code)
	}
}

func TestChecksAreGivenATime(t *testing.T) {
	h := health.New(health.Check{Name: "store", Fn: func(ctx context.Context) error {
		if _, ok := ctx.Deadline(); !ok {
			return errors.New("no deadline")
		}
		return nil
	}})
	if code, a := get(t, h.Readyz()); code != 200 {
		t.Errorf("got %d %+v", code, a)
	}
}

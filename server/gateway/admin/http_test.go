package admin_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/gateway/admin"
)

func TestAHandlerThatPanicsIsAnsweredAndLogged(t *testing.T) {
	var log bytes.Buffer
	h := admin.New(admin.Config{Accounts: newOffice(t).accounts, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Status: func(context.Context) any { panic("nobody thought of it") }})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/admin/v1/status", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "nobody thought") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if line := log.String(); !strings.Contains(line, "level=ERROR") || !strings.Contains(line, "nobody thought") || !strings.Contains(line, "route=/admin/v1/status") {
		t.Errorf("logged %q", line)
	}
}

func TestAParameterThatARouteDoesNotTakeIsRefusedWithThoseThatItTakes(t *testing.T) {
	o := newOffice(t)
	o.ask("GET", "/admin/v1/held?colour=red", "", http.StatusBadRequest, "it takes after, limit")
	o.ask("GET", "/admin/v1/reports/5?colour=red", "", http.StatusBadRequest, "takes no parameters")
}

func TestASecondContentTypeIsRefused(t *testing.T) {
	o := newOffice(t)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/admin/v1/users", strings.NewReader(ada))
	r.Header["Content-Type"] = []string{"application/json", "application/json"}
	w := httptest.NewRecorder()
	o.h.ServeHTTP(w, r)
	if w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

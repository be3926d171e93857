package server_test

import (
	"log/slog"
	"net"
	"testing"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/servertest"
	"go.uber.org/goleak"
)

func TestAServerThatCannotBeBuiltLeavesNothingOpen(t *testing.T) {
	before := goleak.IgnoreCurrent()
	log := slog.New(slog.DiscardHandler)
	engines, err := embedded.OpenEngines(t.Context(), embedded.Config{Data: t.TempDir()}, log)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := server.Config{Listen: servertest.FreeAddress(t), AdminListen: taken.Addr().String(), OTLP: "http://127.0.0.1:1"}
	if _, err := server.New(t.Context(), cfg, engines.Server(), log); err == nil {
		t.Fatal("two listen at one address")
	}
	if err := engines.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	goleak.VerifyNone(t, before) // the traces' sender
}

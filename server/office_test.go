package server_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/history/record"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestTheAdministrationOverTheNetworkTakesAFewConnections(t *testing.T) {
	addr := servertest.FreeAddress(t)
	servertest.Start(t, servertest.Options{Change: func(c *server.Config) { c.AdminListen = addr }})
	var held []net.Conn
	for range 200 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	closed := 0
	for _, c := range held[150:] { // the later ones were over the bound
		c.SetReadDeadline(time.Now().Add(time.Minute)) //nolint:errcheck // it is a TCP connection
		_, _ = c.Write([]byte("GET /admin/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"))
		if _, err := c.Read(make([]byte, 1)); err != nil { // else an answer
			closed++
		}
		c.Close()
	}
	if closed != 50 {
		t.Errorf("%d of 50 connections over the bound were closed", closed)
	}
	for _, c := range held[:150] {
		c.Close()
	}
	patient, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	status := 0
	record.Until(patient, func() bool {
		resp, err := http.Get("http://" + addr + "/admin/v1/status")
		if err != nil {
			return false // the server has not seen all of them go
		}
		resp.Body.Close()
		status = resp.StatusCode
		return true
	})
	if status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
}

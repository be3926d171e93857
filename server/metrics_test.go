package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history/record"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestMetricsAgreeWithWhatWasDoneAndStrangersDoNotSeeThem(t *testing.T) {
	listen := servertest.FreeAddress(t)
	var socket string
	srv := servertest.Start(t, servertest.Options{Change: func(c *server.Config) { c.MetricsListen, socket = listen, c.AdminSocket }})
	people := srv.People("ada", "bob")
	ada, bob := people[0], people[1]
	first := ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	ear := bob.Connect()
	const messages = 20
	for range messages - 1 {
		ada.Must(api.Action{Type: api.SendMessage, Conversation: first.Conversation, Text: "hello"})
	}
	ear.Next(func(f api.ServerFrame) bool { return f.Kind == api.FrameEntry && f.Event.Seq == messages })
	ada.Ask(api.Action{Type: api.SendMessage, To: "nobody", Text: "hello?"})
	if status, _ := ada.HTTP("POST", "/v1/sessions", map[string]any{"handle": "ada", "password": "a wrong guess"}, nil); status != 401 {
		t.Fatalf("status %d", status)
	}
	overSocket := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	defer overSocket.CloseIdleConnections()
	if !strings.Contains(get(t, overSocket, "http://admin/metrics"), "chatctl_actions_accepted_total 21") {
		t.Error("the administration socket tells something else")
	}
	var wrong []string
	patient, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	record.Until(patient, func() bool { // some are counted only after the answer
		wrong = disagreeing(get(t, http.DefaultClient, "http://"+listen+"/metrics"), map[string]float64{
			`chatctl_actions_accepted_total`:                                        messages + 1,
			`chatctl_actions_decided_total{outcome="message.sent",reason=""}`:       messages,
			`chatctl_actions_decided_total{outcome="refused",reason="unavailable"}`: 1,
			`chatctl_signins_failed_total`:                                          1,
			`chatctl_actions_held`:                                                  0,
			`chatctl_partitions_paused`:                                             0,
			`chatctl_log_lag_messages{topic="actions.chat"}`:                        0,
			`chatctl_batch_transaction_seconds_count{topic="accounts"}`:             -1,
			`chatctl_log_stored_messages_total{topic="actions.chat"}`:               -1,
			`chatctl_log_bytes{topic="actions.chat"}`:                               -1,
			`chatctl_disk_free_bytes`:                                               -1,
			`chatctl_deliveries_total`:                                              -1,
			`chatctl_connections`:                                                   -1,
		})
		return len(wrong) == 0
	})
	for _, w := range wrong {
		t.Error(w)
	}
	if resp, err := http.Get(srv.URL() + "/metrics"); err != nil || resp.StatusCode != 404 {
		t.Errorf("strangers get %v, %v", resp, err)
	}
	for _, c := range []server.Config{{Listen: "127.0.0.1:0", MetricsListen: "0.0.0.0:9"}, {Listen: "127.0.0.1:0", MetricsListen: "9"}} {
		if c.Check() == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

// disagreeing names the metrics that are not as they should be; -1: any above 0.
func disagreeing(text string, should map[string]float64) (wrong []string) {
	for metric, want := range should {
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(metric) + ` (.*)$`).FindStringSubmatch(text)
		if m == nil {
			wrong = append(wrong, "nothing says "+metric)
			continue
		}
		got, err := strconv.ParseFloat(m[1], 64)
		if err != nil || want >= 0 && got != want || want < 0 && got <= 0 {
			wrong = append(wrong, metric+" is "+m[1])
		}
	}
	return wrong
}

func get(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: status %d, %v", url, resp.StatusCode, err)
	}
	return string(b)
}

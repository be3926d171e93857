package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/chatctl/chatctl/loadtest/measure"
)

// columns are the series as CSV. Their names are a contract: new ones come last.
// What was not measured is empty.
var columns = []struct {
	name string
	of   func(measure.Point) string
}{
	{"at_s", func(p measure.Point) string { return decimal(p.AtS) }},
	{"phase", func(p measure.Point) string { return string(p.Phase) }},
	{"live", func(p measure.Point) string { return whole(p.Live) }},
	{"messages_per_second", func(p measure.Point) string { return decimal(p.MessagesPerSecond) }},
	{"deliveries_per_second", func(p measure.Point) string { return decimal(p.DeliveriesPerSecond) }},
	{"latency_count", func(p measure.Point) string { return whole(p.LatencyMS.Count) }},
	{"latency_p50_ms", func(p measure.Point) string { return quantile(p.LatencyMS, p.LatencyMS.P50) }},
	{"latency_p90_ms", func(p measure.Point) string { return quantile(p.LatencyMS, p.LatencyMS.P90) }},
	{"latency_p99_ms", func(p measure.Point) string { return quantile(p.LatencyMS, p.LatencyMS.P99) }},
	{"latency_p999_ms", func(p measure.Point) string { return quantile(p.LatencyMS, p.LatencyMS.P999) }},
	{"latency_max_ms", func(p measure.Point) string { return quantile(p.LatencyMS, p.LatencyMS.Max) }},
	{"connects", func(p measure.Point) string { return whole(p.ConnectMS.Count) }},
	{"connect_p50_ms", func(p measure.Point) string { return quantile(p.ConnectMS, p.ConnectMS.P50) }},
	{"connect_p99_ms", func(p measure.Point) string { return quantile(p.ConnectMS, p.ConnectMS.P99) }},
	{"connect_max_ms", func(p measure.Point) string { return quantile(p.ConnectMS, p.ConnectMS.Max) }},
	{"errors", func(p measure.Point) string { return whole(p.Errors) }},
	{"lagging", func(p measure.Point) string { return whole(p.Lagging) }},
	{"generator_cpu", func(p measure.Point) string { return decimal(p.GeneratorCPU) }},
	{"generator_cpu_share", func(p measure.Point) string { return decimal(p.GeneratorCPUShare) }},
	{"generator_lag_p99_ms", func(p measure.Point) string { return lag(p) }},
	{"server_cpu", func(p measure.Point) string { return decimal(p.ServerCPU) }},
}

// CSV writes the series of a test, one line a second under a line of names.
func CSV(w io.Writer, series []measure.Point) error {
	out := csv.NewWriter(w)
	sends := slices.ContainsFunc(series, sends)
	knows := slices.ContainsFunc(series, func(p measure.Point) bool { return p.ServerCPU > 0 })
	absent := map[string]bool{"messages_per_second": !sends, "deliveries_per_second": !sends, "server_cpu": !knows}
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.name
	}
	_ = out.Write(row) // an error stays: see below
	for _, p := range series {
		for i, c := range columns {
			if row[i] = c.of(p); absent[c.name] {
				row[i] = ""
			}
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}

func quantile(of measure.Quantiles, v float64) string {
	if of.Count == 0 {
		return ""
	}
	return decimal(v)
}

// lag is that of what leaves by a schedule; the other seconds have none.
func lag(p measure.Point) string {
	if p.GeneratorLagP99MS == 0 {
		return ""
	}
	return decimal(p.GeneratorLagP99MS)
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func whole(n int64) string { return strconv.FormatInt(n, 10) }

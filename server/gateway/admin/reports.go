package admin

import (
	"net/http"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// reports lists reported messages: the open ones, or with state=all the closed ones too.
func (s *server) reports(r *http.Request) (any, error) {
	q, n, err := page(r, "state")
	if err != nil {
		return nil, err
	}
	state := q.Get("state")
	if state != "" && state != "open" && state != "all" {
		return nil, api.Invalid("", "the parameter state is open or all")
	}
	after, err := afterNumber(q)
	if err != nil {
		return nil, err
	}
	reports, err := s.Reports.Reports(r.Context(), state == "all", after, n)
	return list("reports", reports, err)
}

func (s *server) report(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	n, err := reportNumber(r)
	if err != nil {
		return nil, err
	}
	return s.Reports.Report(r.Context(), n)
}

// closeReport ends a report by an action in its conversation's partition, which
// alone writes there. The audit comes first: what is accepted cannot be taken back.
func (s *server) closeReport(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	n, err := reportNumber(r)
	if err != nil {
		return nil, err
	}
	report, err := s.Reports.Report(r.Context(), n)
	if err != nil {
		return nil, err
	}
	if err := s.as(r).Note(r.Context(), string(api.CloseReport), strconv.FormatInt(n, 10), ""); err != nil {
		return nil, err
	}
	result, err := s.Act(r.Context(), &topic.Envelope{
		Action: &api.Action{ID: api.NewActionID(), Type: api.CloseReport, Conversation: report.Conversation},
		Sender: ownerID, Report: n,
	})
	if err == nil && result.Outcome == api.Refused {
		err = api.NewProblem("not_found", "the report is closed already")
	}
	return result, err
}

func reportNumber(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || n < 1 || n >= 1<<53 {
		return 0, api.NewProblem("not_found", "a report is named by its number")
	}
	return n, nil
}

package decide

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/read"
)

// report copies a message that its sender may read, with what they may read
// around it, for administrators: what is edited or deleted later stays in the
// copy until some time after the report was closed. One who has left may still
// report. A second report of the same by the same person is the first.
func (r *Run) report(e *topic.Envelope) (api.Reason, error) {
	a := e.Action
	t, err := r.target(e)
	switch {
	case err != nil:
		return "", err
	case t == nil:
		return api.ReasonNoMessage, nil
	case t.sender == e.Sender:
		return api.ReasonForbidden, nil
	}
	var n int64
	if err := r.tx.Row(isReported, a.Conversation[:], a.Target, e.Sender[:]).Scan(&n); err != nil {
		return "", err
	}
	if n == 0 {
		copied, err := read.Around(r.tx, e.Sender, a.Conversation, a.Target)
		if err != nil {
			return "", err
		}
		_, err = r.tx.Exec(insertReport, a.Conversation[:], a.Target, e.Sender[:], t.sender[:], a.Text, int64(r.now), api.Encode(copied))
		if err != nil {
			return "", err
		}
	}
	return "", r.outcome(e, api.Reported, "")
}

// closeReport ends a report, for an administrator.
func (r *Run) closeReport(e *topic.Envelope) (api.Reason, error) {
	n, err := r.tx.Exec(endReport, e.Report, e.Action.Conversation[:], int64(r.now))
	if err != nil || n == 0 {
		return api.ReasonNoReport, err
	}
	return "", r.outcome(e, api.ReportClosed, "")
}

package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
)

func (p *person) report(c api.ConversationID, seq int64, why string) *topic.Envelope {
	return p.ask(api.Action{Type: api.ReportMessage, Conversation: c, Target: seq, Text: why})
}

func TestAReportCopiesTheMessageAndWhatTheReporterSeesAroundIt(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(cleo)
	for n := range 3 { // 2 to 4: before bob's time
		w.is(ada.post(c, fmt.Sprint("old ", n)), api.MessageSent)
	}
	w.is(ada.add(c, bob), api.MemberAdded) // 5
	for n := range 9 {                     // 6 to 14
		w.is(ada.post(c, fmt.Sprint("word ", n)), api.MessageSent)
	}
	w.is(ada.edit(c, 8, "rude"), api.MessageEdited)
	w.is(ada.edit(c, 9, "kinder"), api.MessageEdited)
	w.refused(ada.report(c, 8, ""), api.ReasonForbidden)
	w.refused(bob.report(c, 3, "not mine to read"), api.ReasonNoMessage)
	ts := w.decide(bob.report(c, 8, "this one"))
	equal(t, "outcome", w.result(ts).Outcome, api.Reported)
	equal(t, "told to the conversation", len(only(ts, topic.LiveEntry)), 0)
	w.is(bob.report(c, 8, "and again"), api.Reported)
	w.is(cleo.report(c, 8, ""), api.Reported)
	w.is(ada.delete(c, 8), api.MessageGone)

	list, err := w.chat.Reports(w.ctx, false, 0, 10)
	w.check(err)
	equal(t, "reports", len(list), 2)
	one, err := w.chat.Report(w.ctx, list[0].Number)
	w.check(err)
	equal(t, "who whom why", one.Reporter+" "+one.Reported+" "+one.Text, "bob ada this one")
	var lines []string
	for _, m := range one.Context {
		lines = append(lines, fmt.Sprintf("%d %s: %s", m.Seq, m.Sender, strings.Join(m.Versions, " | ")))
	}
	equal(t, "context", strings.Join(lines, ", "), "6 ada: word 0, 7 ada: word 1, 8 ada: word 2 | rude, 9 ada: kinder, 10 ada: word 4, 11 ada: word 5, 12 ada: word 6, 13 ada: word 7")

	done := func(number int64) *topic.Envelope {
		e := bob.ask(api.Action{Type: api.CloseReport, Conversation: c})
		e.Session, e.Report = api.SessionID{}, number
		return e
	}
	byBob := done(list[0].Number)
	byBob.Session = bob.session
	w.refused(byBob, api.ReasonForbidden)
	w.is(done(list[0].Number), api.ReportClosed)
	w.refused(done(list[0].Number), api.ReasonNoReport)
	w.refused(done(99), api.ReasonNoReport)
	list, err = w.chat.Reports(w.ctx, false, 0, 10)
	w.check(err)
	equal(t, "open", len(list), 1)
	list, err = w.chat.Reports(w.ctx, true, 0, 10)
	w.check(err)
	equal(t, "all", len(list), 2)
	if _, err := w.chat.Report(w.ctx, 99); err == nil {
		t.Error("a report that is not there was read")
	}
}

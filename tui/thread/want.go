package thread

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/api/text/act"
	"github.com/chatctl/chatctl/tui/thread/render"
)

// What a Model asks for. They are values of tea.Msg, for the root's Update.
type (
	// WantHistory asks for the messages before a seq (0: the latest ones), and for
	// what else happened among them. It is said once until History or
	// HistoryFailed answers.
	WantHistory struct {
		Conversation api.ConversationID
		Before       int64
	}
	// WantMembers asks for SetMembers: somebody appeared who is not known. It is
	// said once for each of them.
	WantMembers struct{ Conversation api.ConversationID }
	// WantMessage asks for one message that another replies to and that is not
	// loaded; Root answers. It is said once for each.
	WantMessage struct {
		Conversation api.ConversationID
		Seq          int64
	}
	// WantReply asks for the composer, for an answer to the message.
	WantReply struct{ Message Message }
	// WantEdit asks for the composer, with the own message's text in it.
	WantEdit struct{ Message Message }
	// WantReport asks for the message to be reported, after a question.
	WantReport struct{ Message Message }
	// WantDelete asks for the message to be deleted, after a question.
	WantDelete struct{ Message Message }
	// WantCopy asks for a text in the clipboard: the message as its sender wrote it.
	WantCopy struct{ Text string }
	// WantOpen asks for one of the addresses to be opened; there is at least one.
	// They are a stranger's: http, https or mailto, and ASCII.
	WantOpen struct{ URLs []string }
	// WantRaw asks for a page that shows the entry as it is. Text is fit for the
	// screen, its lines may be wider than it.
	WantRaw struct {
		Message Message
		Text    string
	}
	// WantRetry asks for a failed send to be tried again.
	WantRetry struct{ Pending render.Pending }
	// WantDrop asks for a failed send to be forgotten.
	WantDrop struct{ Pending render.Pending }
	// SelectEnded tells that no message is chosen any more, so that the composer
	// gets the keys.
	SelectEnded struct{}
	// Note is a word for the state bar: a search that found nothing, a message that
	// cannot be edited.
	Note struct{ Text string }
)

// Message is a message for the root: as it stands, before any rendering.
type Message struct {
	Conversation api.ConversationID
	Seq          int64
	Sender       string // handle, or "" where it is not known
	Mine         bool
	First        string // the first line of what it says, fit for the screen
	Text         string // all of it, a stranger's: as it was written
}

// Quote is the message in short, for the heading of what answers it.
func (m Message) Quote() string {
	const short = 40
	said := text.Clip(m.First, short)
	if m.Sender == "" {
		return said
	}
	_, does := act.Said(m.Text)
	return act.By("@"+m.Sender, said, does)
}

// Package lists is what the chat client offers to choose from: conversations,
// what is not sent, sign-ins, profiles. What a choice means is the caller's
// matter, who gives the message for it.
package lists

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/rail"
	"github.com/chatctl/chatctl/tui/widget/dialog"
)

// Switcher offers all conversations, found by a few letters of their name.
func Switcher(l dialog.Look, all []rail.Item, then func(key string) tea.Msg) dialog.Dialog {
	items := make([]dialog.Item, len(all))
	for i, it := range all {
		var detail []string
		if it.Mentions > 0 {
			detail = append(detail, fmt.Sprintf("@%d", it.Mentions))
		}
		if it.Unread > 0 {
			detail = append(detail, fmt.Sprintf("%d unread", it.Unread))
		}
		items[i] = dialog.Item{Key: it.Key, Label: it.Name, Detail: strings.Join(detail, " ")}
	}
	return dialog.List(l, dialog.Choice{
		Name: "switcher", Title: "go to", Items: items, Filter: true, Empty: "no conversation is called so; /dm @HANDLE begins one",
		Then: func(it dialog.Item) tea.Msg { return then(it.Key) },
	})
}

// OutboxName is the outbox's list, for dialog.Refill.
const OutboxName = "outbox"

// Outbox offers to retry or drop what is not sent. The items' keys are actions' ids.
func Outbox(l dialog.Look, items []dialog.Item, retry, drop func(api.ActionID) tea.Msg) dialog.Dialog {
	return dialog.List(l, dialog.Choice{
		Name: OutboxName, Title: "not sent yet", Items: items, Empty: "everything is sent",
		Keys: []dialog.Deed{
			{Action: keymap.ListRetry, Help: "retry", Then: onAction(retry)},
			{Action: keymap.ListDrop, Help: "drop", Then: onAction(drop)},
		},
	})
}

func onAction(do func(api.ActionID) tea.Msg) func(dialog.Item) tea.Msg {
	return func(it dialog.Item) tea.Msg {
		var id api.ActionID
		if id.UnmarshalText([]byte(it.Key)) != nil {
			return nil
		}
		return do(id)
	}
}

// Sessions offers to end one of the reader's sign-ins; end is asked for after a question.
func Sessions(l dialog.Look, all []api.Session, now time.Time, where *time.Location, end func(api.Session) tea.Msg) dialog.Dialog {
	items := make([]dialog.Item, len(all))
	byKey := map[string]api.Session{}
	for i, s := range all {
		label := s.Name
		if s.Current {
			label += " (this one)"
		}
		items[i] = dialog.Item{Key: s.Session.String(), Label: label, Detail: "used " + day(s.LastUsed.Std().In(where), now.In(where))}
		byKey[items[i].Key] = s
	}
	return dialog.List(l, dialog.Choice{
		Name: "sessions", Title: "your sign-ins: enter ends one", Items: items,
		Then: func(it dialog.Item) tea.Msg { return end(byKey[it.Key]) }, Help: "end this sign-in",
	})
}

// day is when something was, in what the narrowest screen has room for.
func day(t, now time.Time) string {
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02")
}

// Profiles offers the profiles but the current one.
func Profiles(l dialog.Look, names []string, current string, then func(name string) tea.Msg) dialog.Dialog {
	var items []dialog.Item
	for _, name := range names {
		if name != current {
			items = append(items, dialog.Item{Key: name, Label: name})
		}
	}
	return dialog.List(l, dialog.Choice{
		Name: "profiles", Title: "go on as", Items: items, Filter: true, Empty: "there is no other profile: chatctl login or signup makes one",
		Then: func(it dialog.Item) tea.Msg { return then(it.Key) },
	})
}

// Links offers the addresses of a message.
func Links(l dialog.Look, urls []string, then func(url string) tea.Msg) dialog.Dialog {
	items := make([]dialog.Item, len(urls))
	for i, u := range urls {
		items[i] = dialog.Item{Key: u, Label: u}
	}
	return dialog.List(l, dialog.Choice{
		Name: "links", Title: "open a link", Items: items, Help: "open", Then: func(it dialog.Item) tea.Msg { return then(it.Key) },
	})
}

package keymap

import tea "github.com/charmbracelet/bubbletea"

// Split takes the first press from several that were read at once, as over a
// slow line: they come as one text, which is no key (Press). It is for places
// that take no text. Of what is one key, or was pasted, there is no rest.
func Split(msg tea.KeyMsg) (first, rest tea.KeyMsg, more bool) {
	if msg.Type != tea.KeyRunes || msg.Paste || msg.Alt || len(msg.Runes) < 2 {
		return msg, tea.KeyMsg{}, false
	}
	first, rest = msg, msg
	first.Runes, rest.Runes = msg.Runes[:1:1], msg.Runes[1:]
	return first, rest, true
}

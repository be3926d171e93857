package cli

import "github.com/chatctl/chatctl/server/api"

// SessionColumns are those of a list of sessions.
func SessionColumns() []string {
	return []string{"CURRENT", "=SESSION", "NAME", "SINCE", "LAST USED", "ENDS"}
}

// Sessions writes sessions, as a person's own list and an administrator's show them.
func Sessions(p *Printer, list []api.Session) error {
	return Table(p, SessionColumns(), list, func(s api.Session) []string {
		mark, ends := "", "unused for 30 days"
		if s.Current {
			mark = "*"
		}
		if s.Lasting {
			ends = "when revoked"
		}
		return []string{mark, s.Session.String(), s.Name, s.Created.String(), s.LastUsed.String(), ends}
	})
}

package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/build"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
)

// announce tells that the server is ready: to a person in words, to a program in
// one JSON line. stderr and log both lead to Env's stderr.
func (a *commands) announce(srv *server.Server, dir string, stderr io.Writer, log *slog.Logger) {
	var flag string
	if srv.URL() != cli.DefaultServer {
		flag = " --server " + srv.URL()
	}
	file := embedded.FirstFile(dir)
	first := firstAdministrator(file, flag)
	if cli.Terminal(a.Env.Stdout) {
		fmt.Fprint(a.Env.Stdout, welcome(srv, dir, flag)+first+"  stop          Ctrl-C\n")
		return
	}
	switch { // before the program hears of it, and may end this
	case first == "":
	case cli.Terminal(a.Env.Stderr):
		fmt.Fprint(stderr, first)
	default: // a log is kept, and read by others: the token is not for it
		log.Info("no account administers yet; the one-time token for the first is in a file", "file", file)
	}
	fmt.Fprintf(a.Env.Stdout, "%s\n", api.Encode(struct {
		Event   string   `json:"event"`
		URL     string   `json:"url"`
		Admin   string   `json:"admin_url,omitempty"`
		Data    string   `json:"data"`
		Roles   []string `json:"roles"`
		Version string   `json:"version"`
	}{"ready", srv.URL(), srv.AdminURL(), dir, srv.Roles(), build.Read().Version}))
}

// welcome says where the server is, and what to do next, within 80 columns.
func welcome(srv *server.Server, dir, flag string) string {
	said := fmt.Sprintf(`chatctl serves %s
  data          %s
  try it        in a second terminal, and for somebody else in a third:
                chatctl tui%s
                chatctl tui%s --profile bob
  administer    on this machine, as this user:
                chatctl admin users list
`, srv.URL(), dir, flag, flag)
	if office := srv.AdminURL(); office != "" {
		said += "                over the network, as an account with the grant admin:\n" +
			"                chatctl admin --server " + office + " users list\n"
	}
	return said
}

// firstAdministrator says, for a terminal, how the first administrator is made,
// with the one-time token in the file; "" where an account administers already.
func firstAdministrator(file, flag string) string {
	token, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(`  first admin   make an account in chatctl tui with this as "Server's token":
                %s
                or give the grant to one that you have:
                chatctl account claim-admin%s
                The token works once, and lies in a file:
                %s
`, strings.TrimSpace(string(token)), flag, file)
}

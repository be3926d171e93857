package cli

import (
	"cmp"
	"net"
	"net/url"
	"strings"
)

// DefaultServer is where `chatctl serve` listens when nothing says otherwise.
const DefaultServer = "http://127.0.0.1:8420"

// Choice is what the flags of a client command say; "" where they say nothing.
type Choice struct {
	Profile string // --profile
	Server  string // --server
}

// Account settles who a command speaks for and to which server. Flags win over
// CHATCTL_PROFILE, CHATCTL_SERVER and CHATCTL_TOKEN, and these over the profile
// in use. A profile's token goes only to the host it came from.
func (e Env) Account(c Choice) (Profile, error) {
	server, err := e.server(c)
	if err != nil {
		return Profile{}, err
	}
	if token := e.Getenv("CHATCTL_TOKEN"); token != "" && c.Profile == "" {
		if !sendable(token) {
			return Profile{}, Misused("give it without what stood around it, as a line's end", "CHATCTL_TOKEN holds a line break or another control character")
		}
		return Profile{Server: cmp.Or(server, DefaultServer), Token: Secret(token)}, nil
	}
	profiles, err := e.Profiles()
	if err != nil {
		return Profile{}, err
	}
	name, err := e.ProfileName(c)
	if err != nil {
		return Profile{}, err
	}
	if name == "" {
		return Profile{}, &Error{Status: SignedOut, What: "not signed in",
			Do: "sign in: chatctl login --server URL --handle HANDLE; or make an account: chatctl signup"}
	}
	prof, err := profiles.Load(name)
	if err != nil {
		return Profile{}, err
	}
	if server == "" {
		return prof, nil
	}
	if !SameHost(prof.Server, server) {
		return Profile{}, &Error{Status: SignedOut, What: "profile " + name + " is signed in to " + prof.Server + ", not to " + server,
			Do: "sign in there: chatctl login --server " + server + " --profile NAME --handle HANDLE"}
	}
	prof.Server = server
	return prof, nil
}

// sendable reports whether a token can stand in a header (RFC 9110, 5.5).
func sendable(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// ProfileName is the profile that c, the environment or the last login chose, or "".
func (e Env) ProfileName(c Choice) (string, error) {
	if name := cmp.Or(c.Profile, e.Getenv("CHATCTL_PROFILE")); name != "" {
		return name, nil
	}
	profiles, err := e.Profiles()
	if err != nil {
		return "", err
	}
	return profiles.Current()
}

// Server is the URL to sign in to: the flag, CHATCTL_SERVER, else DefaultServer.
func (e Env) Server(c Choice) (string, error) {
	server, err := e.server(c)
	return cmp.Or(server, DefaultServer), err
}

func (e Env) server(c Choice) (string, error) {
	given, name := c.Server, "--server"
	if given == "" {
		given, name = e.Getenv("CHATCTL_SERVER"), "CHATCTL_SERVER"
	}
	if given == "" {
		return "", nil
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", Misused("it looks like "+DefaultServer+" or https://chat.example.org", "%s %q is not a server's URL", name, given)
	}
	return strings.TrimRight(given, "/"), nil
}

// SameHost compares scheme and host, as cookies do (RFC 6265, 8.5): a server
// on this machine that was started again on another port is the same.
func SameHost(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && ua.Scheme == ub.Scheme && hostOf(ua) == hostOf(ub)
}

// ThisMachine reports whether server is reached over loopback.
func ThisMachine(server string) bool {
	u, err := url.Parse(server)
	return err == nil && hostOf(u) == thisMachine
}

const thisMachine = "this machine"

func hostOf(u *url.URL) string {
	h := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(h); h == "localhost" || ip != nil && ip.IsLoopback() {
		return thisMachine
	}
	return h
}

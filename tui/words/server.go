package words

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/stream"
)

// foreign is said of an answer that is not understood.
const foreign = "no chatctl server answers there, or one of another version"

// refused is a refusal of the server, or of what stands before it.
func refused(p *api.Problem) string {
	switch {
	case p.Code == "refused":
		return Refusal(p.Reason)
	case p.Code == "signed_out":
		return "you are signed out"
	case p.Code == "upgrade_required":
		return foreign
	case p.Code != "":
		return p.Error()
	case p.Status >= http.StatusBadGateway:
		return fmt.Sprintf("a proxy answers %s: the server behind it does not", status(p))
	case p.Status >= 300 && p.Status < 400 && p.Detail != "":
		return fmt.Sprintf("the server is elsewhere (%s): %s", status(p), p.Detail)
	}
	return fmt.Sprintf("no chatctl server answers there (%s)", status(p))
}

func status(p *api.Problem) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", p.Status, http.StatusText(p.Status)))
}

// ended says why a session is over.
func ended(closed *stream.ClosedError) string {
	switch closed.Code {
	case api.CloseSignIn:
		return "you are signed out"
	case api.CloseForbidden:
		return "the account is suspended, or is not there any more"
	case api.CloseProtocol:
		return foreign
	}
	return closed.Error()
}

// network is why there was no answer at all, "" where that is not known.
func network(err error) string {
	var untrusted *client.TLSError
	var dns *net.DNSError
	var op *net.OpError
	var call *os.SyscallError
	switch {
	case errors.As(err, &untrusted):
		return untrusted.What + "; " + untrusted.Do
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no host called " + dns.Name
	case errors.As(err, &op) && errors.As(op.Err, &call):
		return call.Err.Error()
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return ""
}

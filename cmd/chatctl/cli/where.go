package cli

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
)

// At adds to err which server it came from, where its own words do not tell: of
// an answer that is not chatctl's, and of a sign-in that the server does not know.
func At(server string, err error) error {
	var p *api.Problem
	if errors.Is(err, client.ErrForeign) || errors.As(err, &p) && p.Code == "" || signedOut(err) {
		return &Error{What: server, Err: err}
	}
	return err
}

// At is the function At for what was asked of server with a profile, which may be
// of another address of it; it also tells how to sign in again.
func (p Profile) At(server string, err error) error {
	if !signedOut(err) {
		return At(server, err)
	}
	again := "chatctl login --server " + p.Server + " --handle "
	if p.Name == "" {
		return &Error{What: "CHATCTL_TOKEN at " + server, Err: err, Do: "set it to another token, or unset it: " + again + "HANDLE"}
	}
	if again += p.Handle; p.Name != p.Handle {
		again += " --profile " + p.Name
	}
	return &Error{What: "profile " + p.Name + " at " + server, Err: err, Do: again}
}

// signedOut reports whether what there is to do about err is to sign in, however
// the server said so.
func signedOut(err error) bool {
	if err == nil {
		return false
	}
	_, do := explain(err)
	return do == signIn
}

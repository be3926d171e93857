package register

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/mail"
)

// Applicant is what is given to make an account.
type Applicant struct {
	Handle      string
	Email       string
	Password    string
	DisplayName string // may be empty
	Invite      string // the code of an invite, where the policy wants one
}

// Check reports the first thing that is wrong, and returns the address's key.
func (a Applicant) Check() (address string, err error) {
	if err := text.Handle(a.Handle); err != nil {
		return "", api.Invalid("/handle", "%v", err)
	}
	_, address, err = mail.Address(a.Email)
	if err != nil {
		return "", api.Invalid("/email", "%v", err)
	}
	if err := password.Check(a.Password); err != nil {
		return "", api.Invalid("/password", "%v", err)
	}
	return address, DisplayName(a.DisplayName)
}

// DisplayName reports what is wrong with the name shown beside a handle; there may be none.
func DisplayName(name string) error {
	if name != "" {
		if err := text.Name(name, api.MaxName); err != nil {
			return api.Invalid("/display_name", "%v", err)
		}
	}
	return nil
}

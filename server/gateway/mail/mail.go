// Package mail is the letters that the accounts send and the addresses they go to.
//
// How a letter travels is a Sender's matter: the development mailbox, or SMTP.
// Subjects are constants; nothing that a user wrote gets into a header. Functions
// here may be called concurrently.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Sender hands one letter over. It returns once the letter is where the sender
// answers for it; an error may mean that it was sent all the same, and names no
// address, for it is logged. It may be called concurrently.
type Sender interface {
	Send(ctx context.Context, to, subject, text string) error
}

// Letter is one plain-text letter.
type Letter struct {
	To, Subject, Text string
}

// Code is the letter that confirms an address. It names the handle, so that who
// owns the address sees which of several sign-ups a code belongs to.
func Code(to, handle, code string, valid time.Duration) Letter {
	return Letter{To: to, Subject: "Your chatctl code", Text: fmt.Sprintf(
		"Somebody, you it is hoped, is making the chatctl account @%s with this address.\n\n"+
			"The code is: %s\n\n"+
			"It works once, for %d minutes. If that was not you, or the name is not the one\n"+
			"you chose, do nothing: without the code no account is made.\n",
		handle, code, int(valid.Minutes()))}
}

// Known is the letter that takes the place of a code when the address has an account already.
func Known(to, handle string) Letter {
	return Letter{To: to, Subject: "You already have a chatctl account", Text: fmt.Sprintf(
		"Somebody, perhaps you, wanted to make a chatctl account with this address.\n"+
			"It has one already: @%s. Sign in with it.\n\n"+
			"If that was not you, do nothing: nothing was changed.\n", handle)}
}

// Reset is the letter with the code that sets a new password.
func Reset(to, handle, code string, valid time.Duration) Letter {
	return Letter{To: to, Subject: "Your chatctl code for a new password", Text: fmt.Sprintf(
		"Somebody, you it is hoped, wants to set a new password for the chatctl account @%s.\n\n"+
			"The code is: %s\n\n"+
			"It works once, for %d minutes, and ends every session of the account. If that was\n"+
			"not you, do nothing: without the code nothing is changed.\n",
		handle, code, int(valid.Minutes()))}
}

// NewAddress is the letter with the code that gives an account another address: this one.
func NewAddress(to, handle, code string, valid time.Duration) Letter {
	return Letter{To: to, Subject: "Your chatctl code for a new address", Text: fmt.Sprintf(
		"The person of the chatctl account @%s wants letters to come to this address.\n\n"+
			"The code is: %s\n\n"+
			"It works once, for %d minutes. If that was not you, do nothing: without the code\n"+
			"nothing is changed.\n",
		handle, code, int(valid.Minutes()))}
}

// AddressGone tells the address that an account had until now.
func AddressGone(to, handle string) Letter {
	return Letter{To: to, Subject: "Your chatctl account has another address now", Text: fmt.Sprintf(
		"The chatctl account @%s has another mail address now: no more letters come here.\n\n"+
			"If that was not you, tell an administrator of the server.\n", handle)}
}

// PasswordChanged tells an account's address that its password is another one.
func PasswordChanged(to, handle string) Letter {
	return Letter{To: to, Subject: "Your chatctl password was changed", Text: fmt.Sprintf(
		"The password of the chatctl account @%s was changed, and its other sessions ended.\n\n"+
			"If that was not you, set a new one with a code that comes to this address, and\n"+
			"tell an administrator of the server.\n", handle)}
}

// Address reads a bare mail address (RFC 5322 through net/mail, no display name,
// no comment). To is what letters are sent to; key is the same for addresses
// that differ in case only.
func Address(s string) (to, key string, err error) {
	wrong := errors.New("a mail address looks like name@example.org")
	if len(s) > 254 { // RFC 5321, 4.5.3.1.3
		return "", "", errors.New("a mail address has at most 254 bytes")
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s {
		return "", "", wrong
	}
	local, domain, ok := cutLast(s)
	if !ok || !plain(local) || !plain(domain) || strings.ContainsAny(domain, "[]") {
		return "", "", wrong
	}
	return s, strings.ToLower(s), nil
}

func cutLast(s string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 {
		return "", "", false
	}
	return s[:at], s[at+1:], true
}

// plain reports visible ASCII without quotes: what every mail server takes, and
// nothing that could end a header line.
func plain(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == ',' {
			return false
		}
	}
	return true
}

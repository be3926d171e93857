package api

import (
	"errors"
	"fmt"
	"net/http"
)

// Problem is a refusal by RFC 9457 (application/problem+json). Code is stable
// and from the closed list below; Title and Detail are for people. It is an error.
type Problem struct {
	Type       string `json:"type"` // "urn:chatctl:problem:" + Code
	Code       string `json:"code"`
	Status     int    `json:"status"`
	Title      string `json:"title"`
	Detail     string `json:"detail,omitempty"`     // what to do
	Pointer    string `json:"pointer,omitempty"`    // RFC 6901: where in the body
	RetryAfter int    `json:"retry_after,omitzero"` // seconds; also the header

	// Of a refused, held or conflicting action (extension members, RFC 9457, 3.2).
	Reason Reason   `json:"reason,omitempty"`
	Action ActionID `json:"action,omitzero"`
}

func (p *Problem) Error() string {
	s := p.Title
	if p.Pointer != "" {
		s += " at " + p.Pointer
	}
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	return s
}

// The closed list of problems, each made by the function of its name. Titles are sentences without their full stop.
var problems = map[string]struct {
	status int
	title  string
}{
	"invalid":            {http.StatusBadRequest, "The request is not valid"},
	"signed_out":         {http.StatusUnauthorized, "Not signed in"},
	"bad_credentials":    {http.StatusUnauthorized, "The handle or the password is wrong"},
	"forbidden":          {http.StatusForbidden, "Not allowed"},
	"not_found":          {http.StatusNotFound, "Not found"},
	"not_known_yet":      {http.StatusNotFound, "No outcome is known yet"},
	"method_not_allowed": {http.StatusMethodNotAllowed, "The route does not take this method"},
	"handle_taken":       {http.StatusConflict, "The handle is taken"},
	"bad_code":           {http.StatusForbidden, "The code is wrong, used or too old"},
	"refused":            {http.StatusConflict, "The action was refused"},
	"held":               {http.StatusAccepted, "The action is held for an administrator"},
	"too_large":          {http.StatusRequestEntityTooLarge, "The request is too large"},
	"unsupported":        {http.StatusUnsupportedMediaType, "The body must be application/json"},
	"conflict":           {http.StatusUnprocessableEntity, "The key was used for another action"},
	"too_many":           {http.StatusTooManyRequests, "Too many requests"},
	"upgrade_required":   {http.StatusUpgradeRequired, "The stream speaks WebSocket with the subprotocol chatctl.v1"},
	"internal":           {http.StatusInternalServerError, "The server failed"},
	"unavailable":        {http.StatusServiceUnavailable, "The server cannot do this now"},
	"unknown_outcome":    {http.StatusServiceUnavailable, "It is not known whether this was accepted"},
	"storage_full":       {http.StatusServiceUnavailable, "The server's storage is full"},
	"starting":           {http.StatusServiceUnavailable, "The server is starting or stopping"},
}

// NewProblem makes a problem of the closed list; code must be in it.
func NewProblem(code, detail string, args ...any) *Problem {
	p, ok := problems[code]
	if !ok {
		panic("api: problem " + code + " is not in the list")
	}
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return &Problem{Type: "urn:chatctl:problem:" + code, Code: code, Status: p.status, Title: p.title, Detail: detail}
}

// Invalid is the problem of a body or frame that breaks a rule at pointer (RFC 6901).
func Invalid(pointer, detail string, args ...any) *Problem {
	p := NewProblem("invalid", detail, args...)
	p.Pointer = pointer
	return p
}

// Later is p with the seconds after which to try again.
func (p *Problem) Later(seconds int) *Problem {
	p.RetryAfter = seconds
	return p
}

// Under prefixes the pointer of err, when it is a Problem, with where the value lay.
func Under(pointer string, err error) error {
	var p *Problem
	if errors.As(err, &p) {
		p.Pointer = pointer + p.Pointer
	}
	return err
}

// Problems returns the closed list of codes with their HTTP status, for the documents and their test.
func Problems() map[string]int {
	m := make(map[string]int, len(problems))
	for c, p := range problems {
		m[c] = p.status
	}
	return m
}

package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/intake"
)

// action makes a handler of an action that is read in parts.
func action(t api.ActionType, parts ...part) handler {
	return func(s *Server, w http.ResponseWriter, r *request) error {
		key := r.Header.Get("Idempotency-Key")
		if len(r.Header.Values("Idempotency-Key")) > 1 {
			return api.NewProblem("invalid", "give Idempotency-Key once, or leave it out")
		}
		if len(key) > api.MaxKey {
			return api.NewProblem("invalid", "an Idempotency-Key has at most %d bytes", api.MaxKey)
		}
		a := &api.Action{Type: t}
		for _, read := range parts {
			if err := read(r, a); err != nil {
				return err
			}
		}
		a.ID = api.NewActionID()
		if key != "" {
			a.ID = api.KeyedActionID(r.principal.User, key)
		}
		if a.ID.IsZero() { // it would be accepted, and could have no outcome (promises, A1)
			return api.NewProblem("invalid", "the nil UUID as Idempotency-Key names no action")
		}
		if err := a.Check(); err != nil {
			return err
		}
		return s.accept(w, r, a)
	}
}

// accept publishes an action and answers 202, or holds the response until its result (RFC 7240).
func (s *Server) accept(w http.ResponseWriter, r *request, a *api.Action) error {
	wait, err := preferredWait(r.Header)
	if err != nil {
		return err
	}
	e, err := s.Intake.Stamp(r.Context(), r.principal, a)
	if err != nil {
		return err
	}
	result, err := s.Intake.Ask(r.Context(), e, wait)
	if err == nil && result != nil {
		return answerResult(w, result)
	}
	if errors.Is(err, intake.ErrConflict) {
		err = api.NewProblem("conflict", "choose another key")
	}
	var p *api.Problem
	if errors.As(err, &p) {
		p.Action = a.ID
	}
	if err != nil {
		return err
	}
	w.Header().Set("Preference-Applied", "respond-async")
	w.Header().Set("Location", "/v1/actions/"+a.ID.String())
	return answer(w, http.StatusAccepted, api.Accepted{Action: a.ID})
}

func answerResult(w http.ResponseWriter, result *api.Result) error {
	w.Header().Set("Preference-Applied", "wait")
	switch result.Outcome {
	case api.Refused:
		p := api.NewProblem("refused", refusals[result.Reason])
		p.Reason, p.Action = result.Reason, result.Action
		return p
	case api.ActionHeld:
		p := api.NewProblem("held", "it could not be decided; its outcome comes once an administrator has")
		p.Action = result.Action
		return p
	}
	return answer(w, http.StatusOK, result)
}

// refusals says each reason to a person.
var refusals = map[api.Reason]string{
	api.ReasonUnavailable:   "no such person, or they cannot be reached",
	api.ReasonNotMember:     "no such conversation, or you are not a member of it",
	api.ReasonForbidden:     "it takes another role in the group, or is for the sender of the message only",
	api.ReasonSignedOut:     "the session was ended: sign in again",
	api.ReasonSuspended:     "your account is suspended",
	api.ReasonAlreadyMember: "they are a member already",
	api.ReasonFull:          "the group has its largest size",
	api.ReasonBlockedByYou:  "you block this person: unblock them first",
	api.ReasonBadReply:      "reply_to names no message of this conversation",
	api.ReasonNoMessage:     "no such message, or it is deleted",
	api.ReasonTooLate:       "a message can be edited only for a while after it was sent",
	api.ReasonExists:        "the group exists already",
	api.ReasonDropped:       "an administrator dropped it",
	api.ReasonNotHeld:       "there is no such held action",
	api.ReasonNoReport:      "there is no such open report",
}

// preferredWait reads Prefer (RFC 7240): wait=N in seconds, or 0 for respond-async, the default.
func preferredWait(h http.Header) (time.Duration, error) {
	for _, line := range h.Values("Prefer") {
		for pref := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(pref), "=")
			if !strings.EqualFold(strings.TrimSpace(name), "wait") {
				continue // RFC 7240, 2: unknown preferences are ignored
			}
			n, err := strconv.Atoi(strings.Trim(value, `" `))
			if err != nil || n < 0 {
				return 0, api.NewProblem("invalid", "Prefer: wait takes whole seconds")
			}
			return min(time.Duration(min(n, 3600))*time.Second, intake.LongestWait), nil
		}
	}
	return 0, nil
}

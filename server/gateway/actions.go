package gateway

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// How long a request may wait for its result, and for the log.
const (
	longestWait = 30 * time.Second
	publishTime = 10 * time.Second
)

// spend counts an action against its sender, its conversation, and those who
// write to somebody for the first time.
func (g *Gateway) spend(ctx context.Context, p account.Principal, e *topic.Envelope) error {
	if p.Exempt {
		return nil
	}
	keys := []limit.Key{limit.Conversation(e.Action.Conversation)}
	if e.Action.Type == api.SendMessage && !e.Peer.IsZero() {
		known, err := g.Reader.LastSeqs(ctx, []api.ConversationID{e.Action.Conversation})
		if err != nil {
			return err
		}
		if len(known) == 0 {
			keys = append(keys, limit.NewContact(p.User))
		}
	}
	return g.Limits.Check(limit.Send, keys...)
}

// envelope stamps a checked action with all that the chat service must know:
// the principal, the partition's key, and ids in the place of handles.
func (g *Gateway) envelope(ctx context.Context, p account.Principal, a *api.Action) (*topic.Envelope, error) {
	e := &topic.Envelope{Action: a, Sender: p.User, Session: p.Session, Since: p.Since, At: api.Now(), ReplyTo: g.id}
	var mentioned []string
	if a.Type == api.SendMessage || a.Type == api.EditMessage {
		mentioned = text.Mentions(a.Text)
	}
	handles := slices.Concat(a.Members, mentioned)
	if a.To != "" {
		handles = append(handles, a.To)
	}
	var known map[string]api.UserID
	if len(handles) > 0 {
		var err error
		if known, err = g.Accounts.Resolve(ctx, handles); err != nil {
			return nil, err
		}
	}
	for _, h := range mentioned {
		e.Mentions = append(e.Mentions, known[h])
	}
	for _, h := range a.Members {
		e.People = append(e.People, known[h])
	}
	if a.To != "" {
		e.Peer = known[a.To]
	}
	switch a.Type {
	case api.SendMessage:
		if a.To != "" {
			a.Conversation, a.To = api.DirectConversation(p.User, e.Peer), ""
		}
	case api.CreateGroup:
		e.Hash = a.Hash()
		a.Conversation = api.GroupConversation(p.User, a.ID)
		return e, nil
	case api.SetBlock, api.ClearBlock:
		a.Conversation = api.DirectConversation(p.User, e.Peer)
	}
	e.Hash = a.Hash()
	return e, nil
}

// publish puts envelopes of one client on the log, in order; nil is promise A1.
func (g *Gateway) publish(ctx context.Context, es ...*topic.Envelope) error {
	if err := g.Admit(); err != nil {
		return api.NewProblem("storage_full", "%v", err).Later(30)
	}
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	recs := make([]bus.Record, len(es))
	for i, e := range es {
		c := e.Conversation()
		recs[i] = bus.Record{Partition: topic.Partition(c, g.Partitions), Key: c, Value: e.Encode()}
	}
	err := g.Publish(ctx, topic.ActionsChat, recs)
	if err == nil {
		g.accepted.Add(uint64(len(es)))
	}
	return logProblem(err)
}

// logProblem says what an error of the log means to who asked (promises, rules 1 and 9).
func logProblem(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bus.ErrFull):
		return api.NewProblem("storage_full", "work must be done or space be freed first; %v", err).Later(10)
	}
	return api.NewProblem("unknown_outcome", "retry with the same key").Later(1)
}

// action makes a handler of what reads an action from a request.
func action(read func(*request) (*api.Action, error)) func(*Gateway, http.ResponseWriter, *request) error {
	return func(g *Gateway, w http.ResponseWriter, r *request) error {
		key := r.Header.Get("Idempotency-Key")
		if len(key) > api.MaxKey {
			return api.NewProblem("invalid", "an Idempotency-Key has at most %d bytes", api.MaxKey)
		}
		a, err := read(r)
		if err != nil {
			return err
		}
		a.ID = api.NewActionID()
		if key != "" {
			a.ID = api.KeyedActionID(r.principal.User, key)
		}
		if err := a.Check(); err != nil {
			return err
		}
		return g.accept(w, r, a)
	}
}

// accept publishes an action and answers 202, or holds the response until its result (RFC 7240).
func (g *Gateway) accept(w http.ResponseWriter, r *request, a *api.Action) error {
	wait, err := preferredWait(r.Header)
	if err != nil {
		return err
	}
	e, err := g.envelope(r.Context(), r.principal, a)
	if err != nil {
		return err
	}
	if err := g.spend(r.Context(), r.principal, e); err != nil {
		return err
	}
	e.Attempt, e.Wait = g.attempts.Add(1), wait > 0
	var result <-chan answered
	if e.Wait {
		result = g.waiting.add(e.Attempt)
		defer g.waiting.drop(e.Attempt)
	}
	if err := g.publish(r.Context(), e); err != nil {
		var p *api.Problem
		if errors.As(err, &p) {
			p.Action = a.ID
		}
		return err
	}
	if e.Wait {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case got := <-result:
			return g.answerResult(w, a.ID, got)
		case <-timer.C:
		case <-g.drained:
		case <-g.stopping:
		case <-r.Context().Done():
		}
	}
	w.Header().Set("Preference-Applied", "respond-async")
	w.Header().Set("Location", "/v1/actions/"+a.ID.String())
	return answer(w, http.StatusAccepted, api.Accepted{Action: a.ID})
}

func (g *Gateway) answerResult(w http.ResponseWriter, id api.ActionID, got answered) error {
	if got.conflict {
		p := api.NewProblem("conflict", "choose another key")
		p.Action = id
		return p
	}
	f, err := api.DecodeTolerant[api.ServerFrame](got.frame)
	if err != nil || f.Result == nil {
		return api.NewProblem("unknown_outcome", "retry with the same key").Later(1)
	}
	w.Header().Set("Preference-Applied", "wait")
	switch f.Result.Outcome {
	case api.Refused:
		p := api.NewProblem("refused", refusals[f.Result.Reason])
		p.Reason, p.Action = f.Result.Reason, id
		return p
	case api.ActionHeld:
		p := api.NewProblem("held", "it could not be decided; its outcome comes once an administrator has")
		p.Action = id
		return p
	}
	return answer(w, http.StatusOK, f.Result)
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
			return min(time.Duration(min(n, 3600))*time.Second, longestWait), nil
		}
	}
	return 0, nil
}

// Administer publishes an administrator's action on a held record or a report and
// waits for its result. Its conversation's partition decides.
func (g *Gateway) Administer(ctx context.Context, e *topic.Envelope) (api.Result, error) {
	e.ReplyTo, e.Attempt, e.Wait, e.At = g.id, g.attempts.Add(1), true, api.Now()
	result := g.waiting.add(e.Attempt)
	defer g.waiting.drop(e.Attempt)
	if err := g.publish(ctx, e); err != nil {
		return api.Result{}, err
	}
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	select {
	case got := <-result:
		f, err := api.DecodeTolerant[api.ServerFrame](got.frame)
		if err != nil || f.Result == nil {
			return api.Result{}, api.NewProblem("unknown_outcome", "look at the list again").Later(1)
		}
		return *f.Result, nil
	case <-timer.C:
	case <-g.drained:
	case <-g.stopping:
	case <-ctx.Done():
	}
	return api.Result{}, api.NewProblem("unknown_outcome", "look at the list again").Later(5)
}

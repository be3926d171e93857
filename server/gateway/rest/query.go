package rest

import (
	"encoding"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/chatctl/chatctl/server/api"
)

func conversationID(r *request) (c api.ConversationID, err error) {
	if err := c.UnmarshalText([]byte(r.PathValue("conversation"))); err != nil {
		return c, api.NewProblem("invalid", "conversation: %v", err)
	}
	return c, nil
}

// checkQuery refuses what cannot be read, is not known, empty, or there twice.
func checkQuery(r *request, known []string) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return api.NewProblem("invalid", "the query cannot be read: %v", err)
	}
	for name, values := range query {
		switch {
		case !slices.Contains(known, name) && len(known) == 0:
			return api.NewProblem("invalid", "this route takes no parameters")
		case !slices.Contains(known, name):
			return api.NewProblem("invalid", "the parameters here are %s", strings.Join(known, ", "))
		case len(values) > 1 || values[0] == "":
			return api.NewProblem("invalid", "give %s once, with a value, or leave it out", name)
		}
	}
	return nil
}

// optionalID reads a query parameter that may be absent.
func optionalID[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](r *request, name string) (id T, err error) {
	if v := r.URL.Query().Get(name); v != "" {
		if err := P(&id).UnmarshalText([]byte(v)); err != nil {
			return id, api.NewProblem("invalid", "%s: %v", name, err)
		}
	}
	return id, nil
}

// number reads a query parameter between least and most.
func number(r *request, name string, least, most, otherwise int64) (int64, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || v[0] == '+' || n < least || n > most {
		return 0, api.NewProblem("invalid", "%s is a number from %d to %d", name, least, most)
	}
	return n, nil
}

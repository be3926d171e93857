package servertest

import (
	"context"
	"slices"

	"github.com/chatctl/chatctl/server/history"
	"github.com/chatctl/chatctl/server/history/record"
)

// Calm waits until everything that was asked for is decided and done, and reads
// the outcome of it and all that each person who is left may see. The people
// must have stopped asking.
func (s *Server) Calm() {
	s.t.Helper()
	s.AwaitErasures()
	var people []*record.Person
	for _, p := range s.people {
		people = append(people, p.Person)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 4*patience)
	defer cancel()
	if err := s.recorder().Settle(ctx, people); err != nil {
		s.t.Fatal(err)
	}
}

// Holds fails the test with every way in which what was recorded breaks the promises, but some.
func (s *Server) Holds(but ...string) {
	s.t.Helper()
	for _, v := range history.Check(s.History) {
		if slices.Contains(but, v.Promise) {
			continue
		}
		for _, how := range v.How {
			s.t.Errorf("%s: %s", v.Promise, how)
		}
	}
}

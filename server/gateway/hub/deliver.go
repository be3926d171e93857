package hub

import (
	"context"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/hub/socket"
)

// receiver is the hub as the live channel sees it.
type receiver struct{ h *Hub }

// Deliver routes what comes. The entries of a room that came together are pushed together.
func (d receiver) Deliver(items []bus.Item) {
	var elected []*room
	for i := range items {
		l, err := topic.DecodeLive(items[i].Value)
		if err != nil {
			d.h.log.Warn("live item cannot be read", "err", err)
			continue
		}
		if drop := d.h.cfg.Faults.DropLive; drop != nil && drop(l) {
			continue
		}
		if r := d.h.route(items[i].Key, &l); r != nil {
			elected = append(elected, r)
		}
	}
	for _, r := range elected {
		r.push()
	}
}

// Resync has all rooms compared with the store.
func (d receiver) Resync() {
	d.h.resyncs.Add(1)
	select {
	case d.h.resync <- struct{}{}:
	default:
	}
}

// route handles one item; it returns the room that has to be pushed, if any.
func (h *Hub) route(k bus.Key, l *topic.Live) *room {
	switch k.Kind {
	case bus.Conversation:
		if r := h.room(k.ID); r != nil && r.deliver(l) {
			return r
		}
	case bus.Person:
		h.tell(k.ID, l)
	case bus.Gateway:
		switch l.Kind {
		case topic.LiveResult:
			arrived := h.arrived()
			h.events.Waiting(l.Attempt, l.Frame)
			h.told(l, arrived)
		case topic.LiveConflict:
			h.events.Conflict(l.Attempt)
		case topic.LivePresent:
			h.events.Present(l.Person)
		}
	}
	return nil
}

func (r *room) deliver(l *topic.Live) (elected bool) {
	switch l.Kind {
	case topic.LiveEntry:
		return r.take(l)
	case topic.LiveHead:
		r.heard(l.Seq)
	case topic.LiveMarks, topic.LiveTyping:
		return r.state(l)
	}
	return false
}

// arrived is the time where somebody asks for it.
func (h *Hub) arrived() (t time.Time) {
	if h.cfg.Told != nil {
		t = time.Now()
	}
	return t
}

func (h *Hub) told(l *topic.Live, arrived time.Time) {
	if h.cfg.Told != nil {
		h.cfg.Told(l.Person, l.Attempt, arrived)
	}
}

// tell gives a person's item to the person's connections.
func (h *Hub) tell(user api.UserID, l *topic.Live) {
	conns := h.person(user)
	switch l.Kind {
	case topic.LiveResult:
		arrived := h.arrived()
		ch := socket.NewChunk(socket.Firm, l.Frame)
		for _, c := range conns {
			if c.Session() == l.Session {
				c.socket.Enqueue(ch)
			}
		}
		if len(conns) > 0 {
			h.told(l, arrived)
		}
	case topic.LivePerson:
		ch := socket.NewChunk(socket.Firm, api.Encode(&api.ServerFrame{Kind: api.FramePerson, Version: l.Version}))
		for _, c := range conns {
			c.socket.Enqueue(ch)
		}
	case topic.LiveJoined:
		conv, seq := l.Conversation, l.Seq
		for _, c := range conns {
			h.do(func(ctx context.Context) { h.events.Joined(ctx, c, conv, seq) })
		}
	case topic.LiveAsk:
		if by := (api.GatewayID{}); len(conns) > 0 && len(l.Frame) == len(by) {
			copy(by[:], l.Frame)
			h.events.Asked(user, by)
		}
	case topic.LiveStanding:
		version := l.Version
		h.do(func(ctx context.Context) { h.events.Standing(ctx, user, version) })
	}
}

package rest

import (
	"bufio"
	"context"
	"net/http"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	exportPage = 200
	exportTime = 30 * time.Second // in which a page must be taken
)

// export streams all that is the person's own as one JSON object: account,
// sessions, blocks, and their conversations with what they wrote there. It holds
// a page at a time, whatever the size. A failure on the way breaks the
// connection: half an object is not to be taken for a whole one.
func (s *Server) export(w http.ResponseWriter, r *request) error {
	me, err := s.me(r)
	if err != nil {
		return err
	}
	sessions, err := s.Accounts.Sessions(r.Context(), r.principal)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	out := bufio.NewWriterSize(w, 32<<10)
	x := &export{s: s, r: r, ctx: r.Context(), out: out, flush: http.NewResponseController(w), json: jsontext.NewEncoder(out)}
	x.token(jsontext.BeginObject)
	x.field("account", me)
	x.field("sessions", sessions)
	x.blocks()
	x.conversations()
	x.token(jsontext.EndObject)
	x.page()
	if x.err != nil {
		if x.ctx.Err() == nil {
			s.Log.WarnContext(x.ctx, "export not finished", "err", x.err)
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// export is one on its way; after the first error nothing more is done.
type export struct {
	s     *Server
	r     *request
	ctx   context.Context
	out   *bufio.Writer
	flush *http.ResponseController
	json  *jsontext.Encoder
	err   error
}

func (x *export) token(t jsontext.Token) {
	if x.err == nil {
		x.err = x.json.WriteToken(t)
	}
}

func (x *export) value(v any) {
	if x.err == nil {
		x.err = json.MarshalEncode(x.json, v)
	}
}

func (x *export) field(name string, v any) {
	x.token(jsontext.String(name))
	x.value(v)
}

// page hands over what was written, and gives the next page its time.
func (x *export) page() {
	if x.err == nil {
		x.err = x.flush.SetWriteDeadline(time.Now().Add(exportTime))
	}
	if x.err == nil {
		x.err = x.out.Flush()
	}
	if x.err == nil {
		x.err = x.flush.Flush()
	}
}

func (x *export) blocks() {
	x.token(jsontext.String("blocks"))
	x.token(jsontext.BeginArray)
	for after := ""; x.err == nil; x.page() {
		var list []api.Block
		if list, x.err = x.s.Reader.Blocks(x.ctx, x.r.principal.User, after, exportPage); len(list) == 0 {
			break
		}
		for _, b := range list {
			x.value(b)
			after = b.Handle
		}
	}
	x.token(jsontext.EndArray)
}

func (x *export) conversations() {
	x.token(jsontext.String("conversations"))
	x.token(jsontext.BeginArray)
	for after := (api.ConversationID{}); x.err == nil; x.page() {
		var list []api.Head
		if list, x.err = x.s.Reader.Heads(x.ctx, x.r.principal.User, after, exportPage); len(list) == 0 {
			break
		}
		for _, h := range list {
			x.token(jsontext.BeginObject)
			x.field("head", h)
			x.own(h.Conversation)
			x.token(jsontext.EndObject)
			after = h.Conversation
		}
	}
	x.token(jsontext.EndArray)
}

// own writes what the person wrote in a conversation.
func (x *export) own(c api.ConversationID) {
	x.token(jsontext.String("own"))
	x.token(jsontext.BeginArray)
	for after := int64(0); x.err == nil; x.page() {
		var list []api.Entry
		if list, x.err = x.s.Reader.Own(x.ctx, x.r.principal.User, c, after, exportPage); len(list) == 0 {
			break
		}
		for _, e := range list {
			x.value(e)
			after = e.Seq
		}
	}
	x.token(jsontext.EndArray)
}

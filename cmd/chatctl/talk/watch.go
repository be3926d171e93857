package talk

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/talk/entry"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func (a *commands) watch() *cobra.Command {
	var since int64
	var resume string
	var cmd *cobra.Command
	cmd = a.Client(&cobra.Command{
		Use:   "watch [TO…]",
		Short: "Print what happens in your conversations, as it comes",
		Long: `Print what happens in your conversations, as it comes: in order, each entry
once, without a gap also when the connection or the server is lost meanwhile.

TO is @HANDLE, a group's name or a conversation's id; without one all
conversations are watched, new ones included. It begins now: with --since after
a place in the one conversation, with --resume FILE where the last watch with
that FILE has ended.`,
		Args: cli.Args(0, -1),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		w := &watcher{c: c, p: p, say: a.Say, since: -1, who: map[api.ConversationID]*entry.People{}}
		if cmd.Flags().Changed("since") {
			w.since = since
		}
		switch {
		case w.since >= 0 && len(args) != 1, w.since < -1, since < 0:
			return cli.Misused("chatctl watch TO --since SEQ", "--since takes a place in exactly one TO")
		case w.since >= 0 && resume != "":
			return cli.Misused("give one of them", "--since and --resume both say where to begin")
		}
		var err error
		if w.place, err = openResume(resume); err != nil {
			return err
		}
		for _, arg := range args {
			to, err := resolve(ctx, c, arg)
			if err != nil {
				return err
			}
			w.only = append(w.only, to)
		}
		return w.run(ctx)
	})
	cmd.Flags().Int64Var(&since, "since", 0, "begin after this `SEQ` of the one TO")
	cmd.Flags().StringVar(&resume, "resume", "", "begin where the last watch ended, as `FILE` tells, and keep it there")
	return cmd
}

// watcher prints one stream. But for place, its fields are the stream's goroutine's once it runs.
type watcher struct {
	c     *client.Client
	p     *cli.Printer
	say   func(string, ...any)
	only  []recipient // what to watch; empty: everything
	since int64       // -1: not given
	place *resume

	who   map[api.ConversationID]*entry.People
	lived bool // the stream was live once
	lost  bool // and has been lost since
}

// run prints until ctx ends or coming back to the server would be no use.
func (w *watcher) run(ctx context.Context) error {
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	handle := func(e stream.Event) {
		if running.Err() != nil {
			return // already printed all that will be
		}
		if err := w.handle(running, e); err != nil {
			stop(err)
		}
	}
	g, gctx := errgroup.WithContext(running)
	g.Go(func() error { return w.place.keep(gctx) })
	g.Go(func() error {
		err := stream.New(w.c, stream.Config{Follow: w.follow, Handle: handle, Received: true}).Run(gctx)
		stop(err)
		return err
	})
	err := errors.Join(g.Wait(), w.place.save())
	if cause := context.Cause(running); err == nil && cause != nil {
		err = cause
	}
	return err
}

// follow says where to begin in a conversation: at its start when it came up
// while nobody watched, or now.
func (w *watcher) follow(h api.Head, appeared bool) (after int64, wanted bool) {
	if !w.watched(h) {
		return 0, false
	}
	switch known, ok := w.place.of(h.Conversation); {
	case w.since >= 0:
		after = w.since
	case ok:
		after = known
	case appeared || w.place.resumed():
		after = 0
	default:
		after = h.LastSeq
	}
	w.place.put(h.Conversation, after)
	return after, true
}

func (w *watcher) watched(h api.Head) bool {
	for _, to := range w.only {
		if to.conversation == h.Conversation || to.handle != "" && h.Kind == api.Direct && h.Peer == to.handle {
			return true
		}
	}
	return len(w.only) == 0
}

// handle takes what the stream tells. An entry is printed before its place is
// kept: after a crash it may come twice, but is not lost.
func (w *watcher) handle(ctx context.Context, e stream.Event) error {
	switch e := e.(type) {
	case stream.Greeted:
		if w.place.epoch(e.Epoch) {
			w.since = -1
			w.say("the server's data is another than before (restored or imported): beginning now")
		}
	case stream.State:
		return w.state(e)
	case stream.Arrived:
		if !w.watched(e.Head) {
			return nil
		}
		if err := w.print(ctx, e); err != nil {
			return err
		}
		w.place.put(e.Entry.Conversation, e.Entry.Seq)
	}
	return nil
}

// state tells a loss and its end, one line each. A server that was never there ends the command.
func (w *watcher) state(s stream.State) error {
	switch s.Phase {
	case stream.Offline:
		if !w.lived && errors.Is(s.Err, client.ErrUnreachable) {
			return s.Err
		}
		switch {
		case w.lost || s.Err == nil || s.Retry.IsZero(): // told already, or an end that the command tells
		case w.lived:
			w.say("connection lost; trying again (nothing will be missed)")
		default:
			w.say("no connection (" + s.Err.Error() + "); trying again")
		}
		w.lost = true
	case stream.CatchingUp, stream.Live:
		if w.lost {
			w.say("connected again")
		}
		w.lived, w.lost = true, false
		w.place.complete()
	}
	return nil
}

func (w *watcher) print(ctx context.Context, e stream.Arrived) error {
	who := w.who[e.Entry.Conversation]
	if who == nil {
		who = peopleOf(w.c, e.Entry.Conversation)
		who.List = insist(who.List)
		w.who[e.Entry.Conversation] = who
	}
	r, err := who.Row(ctx, e.Entry)
	if err != nil {
		return err
	}
	return w.p.One(r, r.Line(entry.Place(e.Head)))
}

// insist asks again until the server answers: the entry is there, and only its
// people's names are missing. Who may not read the list any more sees member ids.
func insist(list func(context.Context) ([]api.Member, error)) func(context.Context) ([]api.Member, error) {
	ask := func(ctx context.Context) ([]api.Member, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		return list(ctx)
	}
	return func(ctx context.Context) ([]api.Member, error) {
		again := time.NewTicker(time.Second)
		defer again.Stop()
		for {
			members, err := ask(ctx)
			var p *api.Problem
			if err == nil || errors.As(err, &p) && p.Status < 500 && p.Code != "too_many" {
				return members, nil
			}
			select {
			case <-again.C:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
}

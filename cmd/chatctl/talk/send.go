package talk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// sent is what scripts get of a message: exactly this.
type sent struct {
	Action       api.ActionID       `json:"action"`
	Conversation api.ConversationID `json:"conversation"`
	Seq          int64              `json:"seq"`
	Time         api.Time           `json:"time"`
}

func (a *commands) send() *cobra.Command {
	var k asking
	var replyTo int64
	cmd := a.Client(&cobra.Command{
		Use:   "send TO [TEXT|-]",
		Short: "Send a message, and wait until it is stored",
		Long: `Send a message, and wait until it is stored.

TO is @HANDLE, a group's name or a conversation's id; '#NAME' is always a group.
Without TEXT all of stdin is one message; with - each line is one, in order.
Tabs become spaces; other control characters are refused.

With --key, running the same command again sends nothing twice: with - line n
has the key KEY/n.`,
		Example: `  chatctl send @ada "hello"
  chatctl send ops "deployed" --key deploy-42
  tail -f log | chatctl send ops -`,
		Args: cli.Args(1, 2),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		if err := k.check(); err != nil {
			return err
		}
		to, err := resolve(ctx, c, args[0])
		if err != nil {
			return err
		}
		s := sender{c: c, p: p, asking: &k, to: to, replyTo: replyTo}
		switch {
		case len(args) == 2 && args[1] == "-":
			return s.lines(ctx, a.Env.Stdin)
		case len(args) == 2:
			return s.message(ctx, k.key, typed(args[1]))
		}
		body, err := cli.ReadAll(ctx, a.Env.Stdin, api.MaxText+2)
		if err != nil {
			return err
		}
		return s.message(ctx, k.key, strings.TrimSuffix(typed(body), "\n"))
	})
	k.flags(cmd)
	cmd.Flags().Int64Var(&replyTo, "reply-to", 0, "the `SEQ` of the message that this one answers")
	return cmd
}

// typed is text as one would type it in the tui: with four spaces for a tab, and
// with the line ends that messages have.
func typed(text string) string {
	return strings.NewReplacer("\t", "    ", "\r\n", "\n").Replace(text)
}

// visible looks at a message's text, before the server would in words of the wire.
func visible(text string) error {
	if strings.TrimSpace(text) == "" {
		return cli.Misused("give a TEXT", "a message needs a visible character")
	}
	return nil
}

// sender sends what one command has to send.
type sender struct {
	c       *client.Client
	p       *cli.Printer
	asking  *asking
	to      recipient
	replyTo int64
}

func (s *sender) message(ctx context.Context, key, text string) error {
	if err := visible(text); err != nil {
		return err
	}
	r, err := s.asking.one(ctx, s.c, key, api.Action{
		Type: api.SendMessage, To: s.to.handle, Conversation: s.to.conversation, Text: text, ReplyTo: s.replyTo,
	})
	if err != nil {
		return err
	}
	return s.p.Done(sent{r.Action, r.Conversation, r.Seq, r.Time}, fmt.Sprintf("sent %d", r.Seq))
}

// lines sends each line of in as a message, one after the other, and stops at
// the first that cannot be sent. Empty lines are no messages, but are counted.
func (s *sender) lines(ctx context.Context, in io.Reader) error {
	lines := cli.NewLines(in, api.MaxText+2)
	for n := 1; ; n++ {
		line, err := lines.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && strings.TrimSpace(line) != "" {
			err = s.message(ctx, s.asking.nth(n), typed(line))
		}
		if err != nil {
			return s.asking.partly(n, fmt.Sprintf("line %d", n), err)
		}
	}
}

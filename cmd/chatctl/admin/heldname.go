package admin

import (
	"context"
	"strconv"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// name is what a held record is known by: sender and action, or its place.
type name struct {
	sender    api.UserID
	action    api.ActionID
	topic     string
	partition int
	position  int64
}

func (n name) is(h api.Held) bool {
	if n.topic != "" {
		return h.Topic == n.topic && h.Partition == n.partition && h.Position == n.position
	}
	return h.Sender == n.sender && h.Action == n.action
}

// named reads SENDER and ACTION, or PLACE.
func named(args []string) (n name, err error) {
	const do = "see chatctl admin held list"
	if len(args) == 1 {
		topic, place, _ := strings.Cut(args[0], "/")
		partition, position, _ := strings.Cut(place, ":")
		at, perr := strconv.ParseUint(partition, 10, 31)
		number, nerr := strconv.ParseUint(position, 10, 53)
		if topic == "" || perr != nil || nerr != nil {
			return n, cli.Misused(do, "PLACE is TOPIC/PARTITION:POSITION; or name SENDER and ACTION")
		}
		return name{topic: topic, partition: int(at), position: int64(number)}, nil
	}
	if err := n.sender.UnmarshalText([]byte(args[0])); err != nil {
		return n, cli.Misused(do, "SENDER is a user id: %v", err)
	}
	if err := n.action.UnmarshalText([]byte(args[1])); err != nil {
		return n, cli.Misused(do, "ACTION is an action id: %v", err)
	}
	return n, nil
}

// find is the held record that n names.
func (n name) find(ctx context.Context, admin *adminapi.Client) (api.Held, error) {
	held, err := allHeld(ctx, admin)
	if err != nil {
		return api.Held{}, err
	}
	for _, h := range held {
		if n.is(h) {
			return h, nil
		}
	}
	return api.Held{}, &cli.Error{Status: cli.Refused, What: "no such record is held", Do: "see which are: chatctl admin held list"}
}

func allHeld(ctx context.Context, admin *adminapi.Client) (all []api.Held, err error) {
	for after := int64(0); ; {
		held, err := admin.Held(ctx, after, page)
		if err != nil || len(held) == 0 {
			return all, err
		}
		all = append(all, held...)
		after = held[len(held)-1].Number
	}
}

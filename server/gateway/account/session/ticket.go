package session

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/store"
)

// Ticket makes a ticket for the principal's session: it is good for one Redeem within TicketLife.
func (a *Authority) Ticket(ctx context.Context, p Principal) (string, error) {
	ticket, digest := secret.New(ticketPrefix)
	err := a.db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(insertTicket, digest[:], p.Session, a.time()+api.Time(TicketLife.Milliseconds()))
		return err
	})
	return ticket, err
}

// Redeem takes a ticket and tells whose it is; of several calls one gets it.
func (a *Authority) Redeem(ctx context.Context, ticket string) (Principal, error) {
	digest, ok := secret.Of(ticketPrefix, ticket)
	if !ok {
		return Principal{}, signedOut()
	}
	var f found
	err := a.db.InTx(ctx, func(tx store.Tx) error {
		var id api.SessionID
		var expires api.Time
		if err := tx.Row(takeTicket, digest[:]).Scan(&id, &expires); err != nil {
			return err
		}
		if expires <= a.time() {
			return store.ErrNoRow
		}
		var err error
		f, err = find(tx, sessionOfID, id)
		return err
	})
	if noRow(err) || err == nil && !a.alive(f) {
		return Principal{}, signedOut()
	}
	return f.principal, err
}

package read

import (
	"context"
	"errors"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// mostVersions is how many texts of a reported message are copied.
const mostVersions = 20

// Around copies a message and up to api.ReportContext on each side of it, as far
// as the reader may see them. The message has its versions, oldest first, the
// others their last.
func Around(tx store.Tx, reader api.UserID, c api.ConversationID, seq int64) ([]api.Copied, error) {
	var all []api.Copied
	take := func(row store.Row) error {
		var handle string
		e, m, err := scanVersion(row, c, &handle)
		all = append(all, api.Copied{Seq: e.Seq, Sender: handle, Time: e.Time, Versions: []string{m.Text}, Deleted: m.Deleted})
		return err
	}
	if err := tx.Each(copiedDown, take, c[:], int64(0), seq, api.ReportContext, reader[:]); err != nil {
		return nil, err
	}
	slices.Reverse(all)
	if err := tx.Each(copiedUp, take, c[:], seq, Open, api.ReportContext+1, reader[:]); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(m api.Copied) bool { return m.Seq == seq })
	if at < 0 {
		return all, nil
	}
	versions, err := versions(tx, reader, c, seq)
	all[at].Versions = versions
	return all, err
}

// versions are the texts of a message that the reader may see, oldest first; of
// more than mostVersions the first and the latest.
func versions(tx store.Tx, reader api.UserID, c api.ConversationID, seq int64) (texts []string, err error) {
	err = tx.Each(versionsOf, func(row store.Row) error {
		var body []byte
		if err := row.Scan(&body); err != nil {
			return err
		}
		m, err := api.DecodeTolerant[api.EditBody](body)
		texts = append(texts, m.Text)
		return err
	}, c[:], seq, reader[:], mostVersions-1)
	if err != nil {
		return nil, err
	}
	var body []byte
	if err := tx.Row(bodyOf, c[:], seq).Scan(&body); err != nil {
		return nil, err
	}
	first, err := api.DecodeTolerant[api.MessageBody](body)
	texts = append(texts, first.Text)
	slices.Reverse(texts)
	return texts, err
}

// Reports lists reports by ascending number after one, without their contexts;
// closed ones too if all.
func (r *Reader) Reports(ctx context.Context, all bool, after int64, limit int) (rs []api.Report, err error) {
	query := reportsOpen
	if all {
		query = reportsAll
	}
	err = r.db.Read(ctx, func(tx store.Tx) error {
		rs = nil
		return tx.Each(query, func(row store.Row) error {
			one, err := scanReport(row)
			rs = append(rs, one)
			return err
		}, after, limit)
	})
	return rs, err
}

// Report is one report with its context; a Problem not_found when there is none.
func (r *Reader) Report(ctx context.Context, number int64) (one api.Report, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) (err error) {
		var context []byte
		if one, err = scanReport(tx.Row(reportOf, number), &context); err != nil {
			return err
		}
		one.Context, err = api.DecodeTolerant[[]api.Copied](context)
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		err = api.NewProblem("not_found", "there is no such report")
	}
	return one, err
}

func scanReport(row store.Row, more ...any) (one api.Report, err error) {
	columns := []any{&one.Number, &one.Conversation, &one.Seq, &one.Reporter, &one.Reported, &one.Text, &one.Time, &one.Closed}
	err = row.Scan(append(columns, more...)...)
	return one, err
}

package chartstore

import (
	"context"
	"slices"
	"strings"

	"chartwright/internal/chart"
)

// Values lists the distinct values that the index has under row numbers, by number and value.
func (s *Site) Values(ctx context.Context, tokens, uris []int32, limit int) ([]chart.Value, error) {
	const op = "chart.values"
	var list []chart.Value
	for _, part := range []struct {
		text   string
		params []int32
	}{
		{`SELECT DISTINCT t.param, s.uri, t.code FROM idx_token t JOIN system s ON s.id = t.system WHERE t.param IN (@) ORDER BY 1, 3, 2 LIMIT ?`, tokens},
		{`SELECT DISTINCT u.param, '', u.uri FROM idx_uri u WHERE u.param IN (@) ORDER BY 1, 3 LIMIT ?`, uris},
	} {
		if len(part.params) == 0 {
			continue
		}
		args := make([]any, 0, len(part.params)+1)
		for _, p := range part.params {
			args = append(args, p)
		}
		marks := strings.Join(slices.Repeat([]string{"?"}, len(part.params)), ", ")
		more, err := s.values(ctx, strings.Replace(part.text, "@", marks, 1), append(args, limit)...)
		if err != nil {
			return nil, classify(op, err)
		}
		list = append(list, more...)
	}
	return list, nil
}

func (s *Site) values(ctx context.Context, text string, args ...any) (list []chart.Value, err error) {
	rows, err := s.config.Reader.QueryContext(ctx, s.rebind(text), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v chart.Value
		if err := rows.Scan(&v.Param, &v.System, &v.Code); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

package searchsql

import (
	"database/sql"
	"strconv"
	"strings"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/packed"
)

// scan reads one row of resourceColumns, and the keys behind them.
type scan struct {
	keys []any
	// lag, if not nil, adds up a first column, of rows one of which has no others.
	lag *int64
}

func (s *scan) read(rows *sql.Rows) (*chart.Version, int64, error) {
	v := &chart.Version{}
	var columns []any
	var lag int64
	if s.lag != nil {
		columns = append(columns, &lag)
	}
	var row *string
	err := rows.Scan(append(append(columns, &row, (*packed.Body)(&v.Body)), s.keys...)...)
	if s.lag != nil {
		*s.lag += lag
	}
	if err != nil || row == nil {
		return nil, 0, err
	}
	short := *row
	var numbers [6]int64
	for i := range numbers {
		text, rest, _ := strings.Cut(short, " ")
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, 0, fault.New(fault.Internal, "search.scan", "column %d is no number", i)
		}
		numbers[i], short = n, rest
	}
	v.Number, v.VID, v.Method, v.Seq = numbers[0], numbers[1], chart.Method(numbers[2]), numbers[3] // one of five
	v.Updated = time.UnixMilli(numbers[4]).UTC()
	v.Type, short, _ = strings.Cut(short, " ")
	v.ID, v.Owner, _ = strings.Cut(short, " ")
	return v, numbers[5], nil
}

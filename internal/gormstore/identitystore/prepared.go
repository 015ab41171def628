package identitystore

import (
	"context"
	"database/sql"
	"sync"

	"gorm.io/gorm"
)

// prepared is a query of one row that is asked so often that the database shall understand it once. The statement goes with the pool.
// Safe for concurrent use.
type prepared struct {
	pool *gorm.DB
	text string

	mu        sync.Mutex
	statement *sql.Stmt
}

// row asks the query. Errors come with the row's Scan, or before it when the query could not be prepared.
func (p *prepared) row(ctx context.Context, args ...any) (*sql.Row, error) {
	s, err := p.ready(ctx) //nolint:sqlclosecheck // kept for the next one
	if err != nil {
		return nil, err
	}
	return s.QueryRowContext(ctx, args...), nil
}

func (p *prepared) ready(ctx context.Context) (*sql.Stmt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.statement != nil {
		return p.statement, nil
	}
	pool, err := p.pool.DB()
	if err != nil {
		return nil, err
	}
	p.statement, err = pool.PrepareContext(ctx, p.text)
	return p.statement, err
}

package gormstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// epochChannel carries who speaks and the name of the site whose cached facts are stale.
	epochChannel = "chartwright_epoch"
	// silence is how long the listener trusts a connection that says nothing before it asks.
	silence = 2 * time.Second
	// reconnect is the pause between attempts to listen again.
	reconnect = time.Second
)

// listener hears the bumps of all replicas on one connection of its own. While it has none, every epoch moves at each call:
// caches are not used rather than wrong.
type listener struct {
	config  *pgx.ConnConfig
	admin   *sql.DB // to speak on
	self    string  // tells this process's voice from the others'
	log     *slog.Logger
	hearing atomic.Bool
	stop    context.CancelFunc
	done    sync.WaitGroup

	mu    sync.Mutex
	sites map[string]*notifyEpoch
}

// notifyEpoch is the change signal of a PostgreSQL site.
type notifyEpoch struct {
	listener *listener
	site     string
	count    atomic.Uint64
}

func newListener(config *pgx.ConnConfig, admin *sql.DB, log *slog.Logger) *listener {
	ctx, stop := context.WithCancel(context.Background())
	l := &listener{config: config, admin: admin, self: rand.Text(), log: log, stop: stop, sites: map[string]*notifyEpoch{}}
	l.done.Add(1)
	go l.run(ctx)
	return l
}

func (l *listener) close() {
	l.stop()
	l.done.Wait()
}

func (l *listener) site(name string) *notifyEpoch {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.sites[name]
	if !ok {
		e = &notifyEpoch{listener: l, site: name}
		l.sites[name] = e
	}
	return e
}

func (l *listener) run(ctx context.Context) {
	defer l.done.Done()
	for ctx.Err() == nil {
		err := l.listen(ctx)
		l.hearing.Store(false)
		if ctx.Err() != nil {
			return
		}
		l.log.Warn("change signals of other replicas are interrupted", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(reconnect):
		}
	}
}

func (l *listener) listen(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+epochChannel); err != nil {
		return err
	}
	l.all() // what was said before is lost
	l.hearing.Store(true)
	for {
		wait, cancel := context.WithTimeout(ctx, silence)
		n, err := conn.WaitForNotification(wait)
		quiet := wait.Err() != nil && ctx.Err() == nil && !conn.IsClosed()
		cancel()
		switch {
		case err == nil:
			l.one(n.Payload)
		case quiet || pgconn.Timeout(err) && !conn.IsClosed():
			if err := l.ping(ctx, conn); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// ping finds a connection that is dead without saying so.
func (l *listener) ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	return conn.Ping(ctx)
}

func (l *listener) one(payload string) {
	who, site, _ := strings.Cut(payload, " ")
	if who == l.self {
		return // bumped already
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.sites[site]; ok {
		e.count.Add(1)
	}
}

func (l *listener) all() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.sites {
		e.count.Add(1)
	}
}

func (e *notifyEpoch) value() uint64 {
	if !e.listener.hearing.Load() {
		return e.count.Add(1)
	}
	return e.count.Load()
}

func (e *notifyEpoch) bump(ctx context.Context) error {
	e.count.Add(1) // this process need not wait for its own voice
	_, err := e.listener.admin.ExecContext(ctx, "SELECT pg_notify($1, $2)", epochChannel, e.listener.self+" "+e.site)
	return err
}

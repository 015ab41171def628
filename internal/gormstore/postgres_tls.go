package gormstore

import (
	"crypto/tls"
	"log/slog"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
)

// warnExposed says in the log what is wrong with the way to the database, if records travel it over a network: they may be read on it,
// or whoever answers may not be the database. The server serves all the same: the network may be one that nobody else has.
// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
func warnExposed(config *pgx.ConnConfig, log *slog.Logger) {
	if host, what := exposed(config); what != "" {
		log.Warn("the connection to the database is "+what+"; the parameter sslmode=verify-full mends it", "host", host)
	}
}

// exposed returns the first server at the other end of a network that may be reached without proof of who it is, and what that means;
// empty strings if there is none. Every way that the driver may try counts, also the second one of sslmode=prefer.
func exposed(config *pgx.ConnConfig) (host, what string) {
	look := func(h string, t *tls.Config) {
		switch {
		case local(h):
		case t == nil:
			host, what = h, "not encrypted, or not of necessity"
		case t.InsecureSkipVerify && t.VerifyPeerCertificate == nil && t.VerifyConnection == nil && what == "":
			host, what = h, "encrypted, but nobody checks who answers"
		}
	}
	look(config.Host, config.TLSConfig)
	for _, f := range config.Fallbacks {
		look(f.Host, f.TLSConfig)
	}
	return host, what
}

// local reports whether a database is on this machine: a socket in the file system or a loopback address.
func local(host string) bool {
	if strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

package chartstore

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
)

// The events of one commit lie together in blocks: rows of table audit whose body holds one record after the other.
//
//	body:   { length record hash }…       length is a uvarint; hash is SHA-256, 32 bytes
//	record: format seq time { field }…    format, seq and time are varints; a number is one too, a text is its length and its bytes
//	hash:   over the hash before it, preceded by its length, and the record
//
// A row for each event with an index on each way to look it up cost a third of a read on SQLite; a block costs one row. The patients,
// users and clients that its events name are in the index once for each stretch of the trail: see trail_names.go.

// blockEvents bounds a block: who looks for one event reads all of its block.
const blockEvents = 256

// recordFormat says which fields a record has and in which order.
const recordFormat = 1

// trail adds the group's events to b and links them into the chain.
func (b *batch) trail(g *group) {
	for events := range slices.Chunk(g.events, blockEvents) {
		first := g.counters.auditSeq + 1
		earliest, latest := events[0].Time.UnixMicro(), events[0].Time.UnixMicro()
		g.naming.enter(stretchOf(first))
		body := make([]byte, 0, 384*len(events))
		var record []byte
		var hash [sha256.Size]byte
		var last *chart.AuditEvent // of the same block
		for _, e := range events {
			g.counters.auditSeq++
			e.Seq, e.Replica = g.counters.auditSeq, g.site.config.Replica
			record = appendRecord(record[:0], e)
			hash = link(g.counters.auditHash, record)
			g.counters.auditHash = hash[:]
			body = binary.AppendUvarint(body, uint64(len(record)))
			body = append(append(body, record...), hash[:]...)

			at := e.Time.UnixMicro()
			earliest, latest = min(earliest, at), max(latest, at)
			for _, p := range e.Patients {
				b.name(g, first, keyPatient, p)
			}
			if last == nil || last.UserID != e.UserID {
				b.name(g, first, keyUser, e.UserID)
			}
			if last == nil || last.ClientID != e.ClientID {
				b.name(g, first, keyClient, e.ClientID)
			}
			last = e
		}
		b.audit.added = append(b.audit.added, first, int64(len(events)), earliest, latest, body)
	}
}

// patientsText is how the patients of an event are kept: ids have no spaces.
func patientsText(patients []string) string {
	if len(patients) == 1 && !strings.ContainsAny(patients[0], " \t\r\n\v\f") {
		return index.Clean(patients[0])
	}
	return strings.Join(strings.Fields(index.Clean(strings.Join(patients, " "))), " ")
}

// link returns the hash of a record after the event with hash before.
func link(before, record []byte) [sha256.Size]byte {
	buf := make([]byte, 0, 640)
	buf = binary.AppendUvarint(buf, uint64(len(before)))
	buf = append(buf, before...)
	return sha256.Sum256(append(buf, record...))
}

// appendRecord appends e as it is kept and hashed. Each field is preceded by its length or is a number, so that no two events
// have one record.
func appendRecord(dst []byte, e *chart.AuditEvent) []byte {
	number := func(n int64) { dst = binary.AppendVarint(dst, n) }
	text := func(s string) {
		s = index.Clean(s)
		dst = append(binary.AppendUvarint(dst, uint64(len(s))), s...)
	}
	number(recordFormat)
	number(e.Seq)
	number(e.Time.UnixMicro())
	for _, s := range [...]*string{&e.Kind, &e.Action, &e.Operation, &e.API, &e.Type, &e.ID} {
		text(*s)
	}
	number(e.VID)
	text(patientsText(e.Patients))
	for _, s := range [...]*string{&e.Query, &e.UserID, &e.UserName, &e.ClientID, &e.TokenID, &e.Role, &e.Address, &e.RequestID} {
		text(*s)
	}
	number(int64(e.Outcome))
	number(int64(e.Status))
	text(e.Reason)
	text(e.Replica)
	return dst
}

// errRecord tells that a block does not hold what this program writes.
var errRecord = errors.New("a block of the audit trail is damaged")

// recordReader takes a record apart. After a fault, all that it gives is empty.
type recordReader struct {
	rest []byte
	err  error
}

func (r *recordReader) number() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.rest, r.err = nil, errRecord
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *recordReader) bytes() []byte {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) {
		r.rest, r.err = nil, errRecord
		return nil
	}
	b := r.rest[size : size+int(n)]
	r.rest = r.rest[size+int(n):]
	return b
}

// event reads the event of a record.
func (r *recordReader) event() (*chart.AuditEvent, error) {
	if r.number() != recordFormat {
		return nil, errRecord
	}
	e := &chart.AuditEvent{Seq: r.number(), Time: time.UnixMicro(r.number()).UTC()}
	for _, s := range [...]*string{&e.Kind, &e.Action, &e.Operation, &e.API, &e.Type, &e.ID} {
		*s = string(r.bytes())
	}
	e.VID = r.number()
	e.Patients = strings.Fields(string(r.bytes()))
	for _, s := range [...]*string{&e.Query, &e.UserID, &e.UserName, &e.ClientID, &e.TokenID, &e.Role, &e.Address, &e.RequestID} {
		*s = string(r.bytes())
	}
	e.Outcome = chart.Outcome(r.number())
	e.Status = int(r.number())
	e.Reason, e.Replica = string(r.bytes()), string(r.bytes())
	if len(r.rest) > 0 {
		return nil, errRecord
	}
	return e, r.err
}

// sealed is an event of a block with the bytes that its hash is over.
type sealed struct {
	*chart.AuditEvent
	record []byte
}

// openBlock returns the events of a block in their order. Those before a fault are returned with it.
func openBlock(body []byte) ([]sealed, error) {
	var events []sealed
	for len(body) > 0 {
		r := recordReader{rest: body}
		record := r.bytes()
		if r.err != nil || len(r.rest) < sha256.Size {
			return events, errRecord
		}
		hash := r.rest[:sha256.Size]
		body = r.rest[sha256.Size:]
		e, err := (&recordReader{rest: record}).event()
		if err != nil {
			return events, err
		}
		e.Hash = slices.Clone(hash)
		events = append(events, sealed{e, record})
	}
	return events, nil
}

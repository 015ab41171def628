package bulk

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/go-faster/jx"

	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/interaction"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/bundle"
	"chartwright/internal/fhir/search"
	"chartwright/internal/setting"
)

const (
	maxFileBytes = 256 << 20 // of one Bundle file, uncompressed
	maxLineBytes = 16 << 20  // of one resource in an NDJSON file
	maxEntries   = 200_000   // of one Bundle that is not a transaction
	workers      = 64        // resources under way at once; they share commits
)

// Loader brings files of resources into one site. It goes the way of every other write: decision, validation, index, audit.
type Loader struct {
	Engine   *interaction.Engine
	Site     chart.Site
	Settings *setting.Values
	Subject  *access.Subject
	Policy   access.Policy
	Base     string // FHIR base URL of the site; references below it count as relative
	// Read is told how many bytes of the files were taken, for a progress bar.
	Read func(n int64)
}

// Report says what became of a load.
type Report struct {
	Files    int
	Loaded   map[string]int64 // resource type → resources stored
	Rejected []Rejection
}

// Rejection is one resource, or one transaction, that was not stored.
type Rejection struct {
	Path    string // file
	Place   string // entry[3], line 17, or empty for the whole file
	Reason  string
	Entries int // how many resources it would have been
}

// Load loads every file in order: a transaction Bundle all or nothing; every entry of another Bundle of records (batch,
// collection, searchset), and every line of NDJSON, by itself; any other resource as itself, a document or message Bundle
// too. A resource with an id keeps it. Transactions that refer to what is not there yet are tried again when everything else
// is, so the order of files does not matter. Problems of the input are in the report; the error is about the server's side.
func (l *Loader) Load(ctx context.Context, files []File) (*Report, error) {
	run := &loading{Loader: l, report: &Report{Loaded: map[string]int64{}}}
	var again []File
	for _, f := range files {
		retry, err := run.file(ctx, f, true)
		if err != nil {
			return run.report, err
		}
		if retry {
			again = append(again, f)
			continue
		}
		run.report.Files++
	}
	quiet := *l
	quiet.Read = func(int64) {}
	run.Loader = &quiet
	for _, f := range again {
		if _, err := run.file(ctx, f, false); err != nil {
			return run.report, err
		}
		run.report.Files++
	}
	return run.report, nil
}

// Stream loads NDJSON, one resource a line, that comes from elsewhere than a file. Name stands for its path in the report.
func (l *Loader) Stream(ctx context.Context, name string, in io.Reader) (*Report, error) {
	run := &loading{Loader: l, report: &Report{Loaded: map[string]int64{}}}
	return run.report, run.ndjson(ctx, name, in)
}

// loading is one call of Load or Stream.
type loading struct {
	*Loader
	mu     sync.Mutex
	report *Report
}

func (l *loading) stored(typ string) {
	l.mu.Lock()
	l.report.Loaded[typ]++
	l.mu.Unlock()
}

func (l *loading) reject(path, place string, entries int, err error) {
	l.mu.Lock()
	l.report.Rejected = append(l.report.Rejected, Rejection{Path: path, Place: place, Reason: reason(err), Entries: entries})
	l.mu.Unlock()
}

// file loads one file. With mayRetry, a transaction that fails for want of something it refers to is left for later.
func (l *loading) file(ctx context.Context, f File, mayRetry bool) (retry bool, err error) {
	in, err := f.open(l.Read)
	if err != nil {
		l.reject(f.Path, "", 1, err)
		return false, nil
	}
	defer in.Close()
	if f.lines() {
		return false, l.ndjson(ctx, f.Path, in)
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFileBytes+1))
	if err == nil && len(data) > maxFileBytes {
		err = fmt.Errorf("the file is longer than %d MiB", maxFileBytes>>20)
	}
	if err != nil {
		l.reject(f.Path, "", 1, err)
		return false, nil
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	typ, bundleType := describe(data)
	switch {
	case typ == "Bundle" && bundleType == "transaction":
		return l.transaction(ctx, f.Path, data, mayRetry)
	case typ == "Bundle" && (bundleType == "batch" || bundleType == "collection" || bundleType == "searchset"):
		return false, l.entries(ctx, f.Path, data)
	default:
		return false, l.one(ctx, f.Path, item{body: data})
	}
}

// transaction loads a transaction Bundle as a whole.
func (l *loading) transaction(ctx context.Context, path string, data []byte, mayRetry bool) (retry bool, err error) {
	b, err := bundle.Scan(data, maxEntries)
	if err != nil {
		l.reject(path, "", 1, err)
		return false, nil
	}
	for i := range b.Entries {
		keepID(&b.Entries[i])
	}
	call := l.call(interaction.Target{Interaction: r4route.Batch})
	call.Bundle = b
	switch _, err = l.do(ctx, call); {
	case err == nil:
		for i := range b.Entries {
			if b.Entries[i].Resource != nil {
				typ, _ := describe(b.Entries[i].Resource)
				l.stored(typ)
			}
		}
		return false, nil
	case serverSide(err):
		return false, err
	case mayRetry && (fault.Is(err, fault.PreconditionFailed) || fault.Is(err, fault.Invalid) || fault.Is(err, fault.Unprocessable)):
		return true, nil
	}
	l.reject(path, "", len(b.Entries), err)
	return false, nil
}

// keepID turns the creation of a resource that has an id into an update, so that it keeps the id: what two files bring twice is
// then one resource, and loading a file again makes no second copy of anything.
func keepID(e *bundle.Entry) {
	if e.Resource == nil || e.Request == nil || e.Request.Method != http.MethodPost || e.Request.IfNoneExist != "" {
		return
	}
	if id := idOf(e.Resource); record.ValidID(id) && strings.IndexByte(e.Request.URL, '/') < 0 {
		e.Request.Method, e.Request.URL = http.MethodPut, e.Request.URL+"/"+id
	}
}

// entries loads each entry of a Bundle by itself.
func (l *loading) entries(ctx context.Context, path string, data []byte) error {
	b, err := bundle.Scan(data, maxEntries)
	if err != nil {
		l.reject(path, "", 1, err)
		return nil
	}
	n := 0
	return l.parallel(ctx, path, func() (it item, ok bool, err error) {
		for n < len(b.Entries) {
			n++
			if e := b.Entries[n-1]; e.Resource != nil {
				return item{place: fmt.Sprintf("entry[%d]", n-1), body: e.Resource, request: e.Request}, true, nil
			}
		}
		return item{}, false, nil
	})
}

// ndjson loads one resource a line.
func (l *loading) ndjson(ctx context.Context, path string, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 1<<16), maxLineBytes)
	n := 0
	return l.parallel(ctx, path, func() (it item, ok bool, err error) {
		for lines.Scan() {
			n++
			if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
				return item{place: fmt.Sprintf("line %d", n), body: bytes.Clone(line)}, true, nil
			}
		}
		return item{place: fmt.Sprintf("line %d", n+1)}, false, lines.Err()
	})
}

// item is one resource of a file.
type item struct {
	place   string
	body    []byte
	request *bundle.Request // of an entry that says what to do with it
}

// parallel stores what next returns, several at once, until next has no more.
func (l *loading) parallel(ctx context.Context, path string, next func() (it item, ok bool, err error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	items := make(chan item)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for it := range items {
				if err := l.one(ctx, path, it); err != nil {
					cancel(err)
				}
			}
		})
	}
	for ctx.Err() == nil {
		it, ok, err := next()
		if err != nil {
			l.reject(path, it.place, 1, err)
		}
		if !ok {
			break
		}
		select {
		case items <- it:
		case <-ctx.Done():
		}
	}
	close(items)
	wg.Wait()
	return context.Cause(ctx)
}

// one stores one resource: as its entry asks, else under its id if it has one.
func (l *loading) one(ctx context.Context, path string, it item) error {
	call, typ, err := l.callOf(it)
	if err == nil {
		_, err = l.do(ctx, call)
		if call.Interaction == r4route.UpdateConditional && fault.Is(err, fault.Invalid) {
			// What the condition finds has another id: then it is there already, which is all that the entry asked for.
			call.Interaction, call.Params, call.Header.IfNoneExist = r4route.Create, nil, it.request.IfNoneExist
			_, err = l.do(ctx, call)
		}
	}
	switch {
	case err == nil:
		l.stored(typ)
	case serverSide(err):
		return err
	default:
		l.reject(path, it.place, 1, err)
	}
	return nil
}

// callOf turns a resource of a file into the interaction that stores it.
func (l *loading) callOf(it item) (call *interaction.Call, typ string, err error) {
	typ, _ = describe(it.body)
	if r4route.Lookup(typ) == nil {
		if typ == "" {
			return nil, "", errors.New("there is no resourceType")
		}
		return nil, "", fmt.Errorf("%s is no resource type of FHIR R4", typ)
	}
	target := interaction.Target{Interaction: r4route.Create, Type: typ}
	if id := idOf(it.body); id != "" {
		target = interaction.Target{Interaction: r4route.Update, Type: typ, ID: id}
	}
	call = l.call(target)
	if r := it.request; r != nil {
		keepID(&bundle.Entry{Resource: it.body, Request: r})
		where, query, _ := strings.Cut(r.URL, "?")
		if call.Target, err = interaction.RouteFor(l.Policy, r.Method, where); err != nil {
			return nil, "", err
		}
		if call.Params, err = search.ParseForm(query); err != nil {
			return nil, "", err
		}
		call.Header.IfMatch, call.Header.IfNoneExist = r.IfMatch, r.IfNoneExist
		if r.IfNoneExist != "" && idOf(it.body) != "" { // keeps its id too
			call.Interaction, call.Header.IfNoneExist = r4route.UpdateConditional, ""
			if call.Params, err = search.ParseForm(r.IfNoneExist); err != nil {
				return nil, "", err
			}
		}
	}
	call.Body = it.body
	return call, typ, nil
}

func (l *loading) call(t interaction.Target) *interaction.Call {
	return &interaction.Call{
		Target: t, Site: l.Site, Settings: l.Settings, Policy: l.Policy, Subject: l.Subject, Base: l.Base,
		Header: interaction.Header{ContentType: "application/fhir+json"}, Prefer: interaction.Prefer{Return: interaction.Minimal, HasReturn: true},
	}
}

func (l *loading) do(ctx context.Context, call *interaction.Call) (*interaction.Answer, error) {
	return l.Engine.Do(record.WithOrigin(ctx, &record.Origin{Operation: "load"}), call)
}

// serverSide reports whether an error is not about the input, so that going on makes no sense.
func serverSide(err error) bool {
	k := fault.KindOf(err)
	return k == fault.Unavailable || k == fault.Forbidden || k == fault.Unauthenticated || k == fault.Internal
}

// reason is an error as a person reads it: what is wrong and where.
func reason(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	var parts []string
	for _, i := range f.Issues {
		switch {
		case i.Expression != "" && i.Detail != "":
			parts = append(parts, i.Expression+": "+i.Detail)
		case i.Detail != "":
			parts = append(parts, i.Detail)
		}
	}
	if len(parts) == 0 {
		return f.Detail
	}
	const most = 5
	if len(parts) > most {
		parts = append(parts[:most], fmt.Sprintf("and %d more", len(parts)-most))
	}
	return strings.Join(parts, "; ")
}

// describe returns resourceType and, of a Bundle, its type, without reading more than it must. Broken input has none.
func describe(data []byte) (typ, bundleType string) {
	_ = jx.DecodeBytes(data).ObjBytes(func(d *jx.Decoder, key []byte) error {
		var to *string
		switch string(key) {
		case "resourceType":
			to = &typ
		case "type":
			to = &bundleType
		}
		if to == nil || d.Next() != jx.String {
			return d.Skip()
		}
		s, err := d.Str()
		*to = s
		if typ != "" && (typ != "Bundle" || bundleType != "") {
			return io.EOF // enough
		}
		return err
	})
	return typ, bundleType
}

// idOf returns the id member of a resource.
func idOf(data []byte) (id string) {
	_ = jx.DecodeBytes(data).ObjBytes(func(d *jx.Decoder, key []byte) error {
		if string(key) != "id" || d.Next() != jx.String {
			return d.Skip()
		}
		var err error
		if id, err = d.Str(); err != nil {
			return err
		}
		return io.EOF // enough
	})
	return id
}

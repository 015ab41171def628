package httpd

import (
	"bytes"
	"hash/maphash"
	"net/http"
	"strconv"
	"sync"

	"github.com/klauspost/compress/gzip"

	"chartwright/internal/chart"
	"chartwright/internal/kept"
)

// maxZipped bounds the compressed answers that a process keeps, in bytes: some 20,000 resources.
const maxZipped = 32 << 20

// zippedVersions keeps the compressed JSON of versions that were shown whole, since compressing costs as much as the rest of a
// read. Nothing is decided here: who asks has been shown the version itself, by a read that was judged and recorded as any other,
// and only its bytes are not made again.
type zippedVersions struct {
	seed  maphash.Seed
	store *kept.Store[zippedVersion, []byte]
}

// zippedVersion names bytes by all that they are made from ([chart.Version.AppendJSON]), so that they can't be old: another
// content under the same version, which only a removal from the history or a restored copy could bring, is another name. Type and
// id are part of the content.
type zippedVersion struct {
	site              string // no site learns from the time of an answer what another one holds
	seq, vid, updated int64
	content           uint64
}

func newZippedVersions() *zippedVersions {
	return &zippedVersions{seed: maphash.MakeSeed(), store: kept.New[zippedVersion, []byte](maxZipped)}
}

// zipping is what a version is compressed with.
type zipping struct {
	plain []byte
	out   bytes.Buffer
	gzip  *gzip.Writer
}

var zippings = sync.Pool{New: func() any {
	z := &zipping{}
	z.gzip, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level exists
	return z
}}

// of returns the compressed JSON of v, which a site has shown. It must not be changed.
func (z *zippedVersions) of(site string, v *chart.Version) []byte {
	name := zippedVersion{site, v.Seq, v.VID, v.Updated.UnixMilli(), maphash.Bytes(z.seed, v.Body)}
	if data, ok := z.store.Get(name); ok {
		return data
	}
	with := zippings.Get().(*zipping) // the pool holds nothing else
	with.plain = v.AppendJSON(with.plain[:0])
	with.out.Reset()
	with.gzip.Reset(&with.out)
	_, _ = with.gzip.Write(with.plain) // a buffer takes everything
	_ = with.gzip.Close()
	data := bytes.Clone(with.out.Bytes())
	if cap(with.plain) <= maxKept {
		zippings.Put(with)
	}
	z.store.Put(name, data, len(data))
	return data
}

// respond sends v to a client that takes gzip. false = it is too short for that, and nothing was done.
func (z *zippedVersions) respond(x *exchange, w http.ResponseWriter, status int, v *chart.Version) bool {
	if len(v.Body) < minCompressed {
		return false
	}
	data := z.of(x.site, v)
	w.Header()["Content-Encoding"] = gzipCoding
	x.set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	_, _ = w.Write(data) // the client may have left
	return true
}

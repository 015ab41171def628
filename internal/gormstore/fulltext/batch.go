package fulltext

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"strconv"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/packed"
)

// batch is what some versions, one behind the other, add to the index.
type batch struct {
	from  position
	until int64 // the mark behind the batch

	postings map[term][]int64  // what has the term: version<<1 or place in one<<1, and 1 more if it is a word of the narrative; text<<1
	texts    map[text][]string // the grams of texts that were perhaps not met before
}

// term is a word of the resources of one type, or a gram of the texts of one parameter.
type term struct {
	param int32
	text  string
}

func compareTerms(a, b term) int {
	return cmp.Or(cmp.Compare(a.param, b.param), cmp.Compare(a.text, b.text))
}

// text is a distinct text of a parameter, by where its index rows are found: value is the key of a string, the code of a token.
// Hash stands for what the value does not tell.
type text struct {
	param int32
	value string
	hash  int64
}

func compareTexts(a, b text) int {
	return cmp.Or(cmp.Compare(a.param, b.param), cmp.Compare(a.value, b.value), cmp.Compare(a.hash, b.hash))
}

// knownTexts bounds how many texts are remembered.
const knownTexts = 1 << 16

// known are texts that are in idx_text for sure, so that they need not be looked for.
type known struct {
	epoch int64
	texts map[text]struct{}
}

func (k *known) size() int { return len(k.texts) }

func (k *known) add(more map[text][]string) {
	if k.texts == nil {
		k.texts = map[text]struct{}{}
	}
	for t := range more {
		k.texts[t] = struct{}{}
	}
}

const readVersions = `SELECT seq, type, body FROM resource WHERE seq > ? AND seq <= ? AND body IS NOT NULL ORDER BY seq LIMIT `

// read makes the batch of the versions behind at. A version that cannot be read has no words; it is the check's to say so.
func (x *Index) read(ctx context.Context, db querier, at position, known known) (*batch, error) {
	b := &batch{from: at, until: at.written, postings: map[term][]int64{}, texts: map[text][]string{}}
	rows, err := db.QueryContext(ctx, x.config.Dialect.Rebind(readVersions+strconv.Itoa(batchVersions)), at.indexed, at.written)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var words index.Words
	r := index.Rows{Words: &words}
	n, size := 0, 0
	for rows.Next() {
		var seq int64
		var typ string
		var body packed.Body
		if err := rows.Scan(&seq, &typ, &body); err != nil {
			return nil, err
		}
		words.Reset()
		r.Reset()
		if err := x.config.Extract(typ, body, &r); err != nil {
			x.config.Log.Warn("full text", "type", typ, "sequence", seq, "error", err)
		} else {
			b.add(seq, typ, &r, known)
		}
		n, size = n+1, size+len(body)
		if n == batchVersions || size >= batchBytes {
			b.until = seq
			break
		}
	}
	return b, rows.Err()
}

func (b *batch) add(seq int64, typ string, r *index.Rows, known known) {
	eachWord(seq, typ, r, func(t term, number int64, narrative bool) {
		doc := number << 1
		if narrative {
			doc |= 1
		}
		b.postings[t] = append(b.postings[t], doc)
	})
	eachText(r, func(t text, folded, _ string) {
		if _, ok := known.texts[t]; ok {
			return
		}
		if _, ok := b.texts[t]; !ok {
			b.texts[t] = index.Grams(folded)
		}
	})
}

// eachWord calls f with the words of a version, and with those of each resource that it contains: the words of these stand under
// numbers of their own, those of the version and the place in it, and of a parameter of their own.
func eachWord(seq int64, typ string, r *index.Rows, f func(t term, number int64, narrative bool)) {
	of := func(param int32, number int64, w *index.Words) {
		if w == nil {
			return
		}
		words, narrative := w.All()
		for _, word := range words {
			f(term{param, word}, number, narrative(word))
		}
	}
	of(search.RowNumber(typ, search.Content), seq, r.Words)
	for i := range r.Within {
		in := &r.Within[i]
		of(index.ContainedParam(search.RowNumber(in.Type, search.Content)), index.ContainedDocument(seq, in.Place), in.Rows.Words)
	}
}

// eachText calls f with the texts of a version's rows: as they are folded, and with what tells them apart behind one value, the
// rest of a string or the text of a token.
func eachText(r *index.Rows, f func(t text, folded, rest string)) {
	for i := range r.Strings {
		if !r.Strings[i].Whole() {
			continue
		}
		if norm := index.Clean(r.Strings[i].Norm); norm != "" {
			head, rest := index.Head(norm, index.MaxKey)
			f(text{r.Strings[i].Param, head, sum(rest)}, norm, rest)
		}
	}
	for i := range r.Tokens {
		t := &r.Tokens[i]
		if folded := index.Clean(t.Text); folded != "" {
			f(text{t.Param, index.Key(index.Clean(t.Code)), sum(folded)}, folded, folded)
		}
	}
}

// sum tells texts apart; equal ones of two texts of one value would hide the second, which no two will ever have by chance.
func sum(s string) int64 {
	if s == "" {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(s))
	return int64(h.Sum64())
}

// sorted are the keys of a map in order, in which the rows are written next to each other.
func sorted[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	list := make([]K, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.SortFunc(list, compare)
	return list
}

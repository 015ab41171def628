package record

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"chartwright/internal/care/record/trail"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// maxPinned bounds the versions that one page includes beside current ones: each is read by itself.
const maxPinned = 100

// pinned is what the references that a search follows say of one resource.
type pinned struct {
	key      chart.Key
	current  bool    // some name it without a version
	versions []int64 // those that others name; 0 = one that cannot be
}

// pin puts the versions that references name in the place of the current ones that the store included. A version comes if the
// caller may read it, else nothing does. What is included around it is what belongs to the current one.
//
// https://hl7.org/fhir/R4/search.html#revinclude
func (b *Book) pin(ctx context.Context, q *search.Query, around []*chart.Version, r *chart.Result) error {
	if len(q.Include) == 0 || len(q.Types) == 1 && q.Types[0] == trail.Type {
		return nil
	}
	named, err := b.named(ctx, q, slices.Concat(r.Matches, around), r.Included)
	if err != nil || len(named) == 0 {
		return err
	}
	r.Included = slices.DeleteFunc(r.Included, func(v *chart.Version) bool {
		n := of(named, v.Key)
		return n != nil && !n.current && !slices.Contains(n.versions, v.VID) && !mayRefer(q, v.Type)
	})
	have := slices.Concat(r.Matches, r.Included)
	read := 0
	for _, n := range named {
		for _, vid := range n.versions {
			if vid == 0 || slices.ContainsFunc(have, func(v *chart.Version) bool { return v.Key == n.key && v.VID == vid }) {
				continue
			}
			if read++; read > maxPinned {
				r.MoreIncluded = true
				return nil
			}
			v, err := b.pinnedVersion(ctx, n.key, vid)
			if err != nil {
				return err
			}
			if v != nil {
				r.Included = append(r.Included, v)
			}
		}
	}
	return nil
}

// pinnedVersion reads a version in the caller's view of its type; nil if it is not for him, is gone or never was.
func (b *Book) pinnedVersion(ctx context.Context, key chart.Key, vid int64) (*chart.Version, error) {
	g := *b.grant
	var ok bool
	if g.Narrow, ok = b.grant.DecideType(key.Type); !ok {
		return nil, nil
	}
	v, err := b.With(&g).version(ctx, "record.include", key, vid)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Gone), fault.Is(err, fault.Forbidden):
		return nil, nil
	case err != nil:
		return nil, err
	case v.Deleted():
		return nil, nil
	}
	return v, nil
}

// named lists the resources that the references followed from sources name, in the order of mention; nil if none names a version.
// From those that were included only :iterate goes on.
func (b *Book) named(ctx context.Context, q *search.Query, matches, included []*chart.Version) ([]*pinned, error) {
	all := slices.Concat(matches, included)
	if !slices.ContainsFunc(all, func(v *chart.Version) bool { return bytes.Contains(v.Body, []byte("/_history/")) }) {
		return nil, nil
	}
	var list []*pinned
	versions := false
	for i, v := range all {
		follow := slices.DeleteFunc(slices.Clone(q.Include), func(in search.Include) bool {
			return in.Source != "" && in.Source != v.Type || i >= len(matches) && !in.Iterate
		})
		if len(follow) == 0 {
			continue
		}
		resource, err := Decode(v)
		if err != nil {
			return nil, err
		}
		var rows index.Rows
		if _, err := b.index(ctx, resource, &rows); err != nil {
			return nil, err
		}
		rows.Sort()
		for _, ref := range rows.References {
			if ref.ID == "" || !slices.ContainsFunc(follow, func(in search.Include) bool { return follows(&in, &ref) }) {
				continue
			}
			key := chart.Key{Type: ref.Type, ID: ref.ID}
			n := of(list, key)
			if n == nil {
				n = &pinned{key: key}
				list = append(list, n)
			}
			if ref.Version == "" {
				n.current = true
				continue
			}
			versions = true
			vid, err := strconv.ParseInt(ref.Version, 10, 64)
			if err != nil || vid < 0 {
				vid = 0 // no version here has such a name
			}
			if !slices.Contains(n.versions, vid) {
				n.versions = append(n.versions, vid)
			}
		}
	}
	if !versions {
		return nil, nil
	}
	return list, nil
}

func of(list []*pinned, key chart.Key) *pinned {
	if i := slices.IndexFunc(list, func(n *pinned) bool { return n.key == key }); i >= 0 {
		return list[i]
	}
	return nil
}

// follows reports whether an include of the resource's type follows one of its references.
func follows(in *search.Include, r *index.Reference) bool {
	if in.Target != "" && in.Target != r.Type {
		return false
	}
	return in.Param == nil ||
		slices.Contains(in.Param.Rows, r.Param) && (len(in.Param.RowTypes) == 0 || slices.Contains(in.Param.RowTypes, r.Type))
}

// mayRefer reports whether resources of a type may have been included for what they refer to.
func mayRefer(q *search.Query, typ string) bool {
	return slices.ContainsFunc(q.RevInclude, func(in search.Include) bool { return in.Source == "" || in.Source == typ })
}

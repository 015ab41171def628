package parameter

import (
	"context"
	"slices"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/searchparam"
)

// Request is what a person asks to be indexed anew with the extractors as they are now. The zero value is everything.
type Request struct {
	Type  string // one resource type
	Param string // the types that have a parameter of this name
	By    string // who asks
}

// Start puts a job that makes index rows anew in line. What the index has beyond the rows of its resources, and what it lacks,
// is mended; searches and writes go on meanwhile. The full text has one mark for all types, so it is made anew as a whole, at the end:
// searches for words wait for it.
//
// Errors: Invalid for a type or parameter that does not exist.
func (s *Service) Start(ctx context.Context, site string, ask Request) (*Job, error) {
	set, err := s.Set(ctx, site)
	if err != nil {
		return nil, err
	}
	if err := ask.check(set); err != nil {
		return nil, err
	}
	store := s.storeOf(site)
	types, err := store.Types(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := store.Change(ctx, func(b Before) Change {
		j := Job{State: Waiting, Created: s.cfg.Now(), Reason: ask.By}
		for _, t := range types {
			if ask.concerns(set, t) {
				j.Parts = append(j.Parts, Part{Kind: Rebuild, Type: t, Until: b.LastNumber}, Part{Kind: Verify, Type: t})
			}
		}
		if ask.Param == "" && ask.Type != "" { // what they contain may be of other types
			j.Parts = append(j.Parts, Part{Kind: Contained})
		}
		if ask.Param == "" {
			j.Parts = append(j.Parts, Part{Kind: Dead, Until: b.LastNumber})
		}
		if ask.Param == "" && ask.Type == "" {
			j.Form = index.Form
			j.Parts = append(j.Parts, Part{Kind: Unknown})
		}
		if ask.wordy(set, types) {
			j.Parts = append(j.Parts, Part{Kind: Words})
		}
		for i := range b.Registry { // should the job that was to build them have failed
			if r := &b.Registry[i]; r.State == Building && (ask.Type == "" || ask.Type == r.Base) && (ask.Param == "" || ask.Param == r.Code) {
				j.Builds = append(j.Builds, r.Number())
				if ask != (Request{By: ask.By}) { // else whatever contains some is indexed anew
					j.Parts = append(j.Parts, Part{Kind: BuildContained, Type: r.Base, Numbers: r.numbers(), Until: b.LastNumber})
				}
			}
		}
		return Change{Jobs: []Job{j}}
	})
	if err != nil {
		return nil, err
	}
	s.Wake()
	return store.Job(ctx, ids[0])
}

// wordy reports whether the words and the texts of resources are to be made anew as well: always but for a parameter that only the
// site has, which has no part in them.
func (ask *Request) wordy(set *searchparam.Set, types []string) bool {
	return ask.Param == "" || slices.ContainsFunc(types, func(t string) bool {
		p := set.Lookup(t, ask.Param)
		return ask.concerns(set, t) && p != nil && p.Revision == 0
	})
}

// concerns reports whether resources of a type are to be indexed anew.
func (ask *Request) concerns(set *searchparam.Set, typ string) bool {
	return (ask.Type == "" || ask.Type == typ) && (ask.Param == "" || set.Lookup(typ, ask.Param) != nil)
}

func (ask *Request) check(set *searchparam.Set) error {
	const op = "parameter.start"
	if ask.Type != "" && !set.IsType(ask.Type) {
		return fault.New(fault.Invalid, op, "%s is not a resource type", ask.Type)
	}
	if ask.Param == "" {
		return nil
	}
	for _, t := range r4.Types {
		if ask.concerns(set, t.Name) {
			return nil
		}
	}
	return fault.New(fault.Invalid, op, "there is no such search parameter %s", ask.Param)
}

// Own returns the definitions that a site has of its own, those that are being built or removed included.
func (s *Service) Own(ctx context.Context, site string) ([]Registered, error) {
	if _, err := s.Set(ctx, site); err != nil {
		return nil, err
	}
	_, list, err := s.storeOf(site).Registry(ctx)
	return list, err
}

// Jobs returns the jobs of a site that have not ended, and the newest of those that have.
func (s *Service) Jobs(ctx context.Context, site string) ([]Job, error) {
	if _, err := s.Set(ctx, site); err != nil {
		return nil, err
	}
	const most = 20
	return s.storeOf(site).Jobs(ctx, most)
}

// Job returns one job of a site. Errors: NotFound.
func (s *Service) Job(ctx context.Context, site string, id int64) (*Job, error) {
	if _, err := s.Set(ctx, site); err != nil {
		return nil, err
	}
	return s.storeOf(site).Job(ctx, id)
}

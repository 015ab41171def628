package term

import (
	"bytes"
	"context"
	"io/fs"
	"strings"
	"sync"

	"chartwright/gen/r4"
	"chartwright/gen/r4term"
)

// Standard are the value sets and code systems of FHIR R4 and the HL7 tables that come with it. Nothing is decoded before it is
// asked for; what was, is kept. Safe for concurrent use.
var Standard Definitions = &standard{}

type standard struct {
	once  sync.Once
	lines map[string][]byte // kind and URL → resource

	mu      sync.Mutex
	sets    map[string]*ValueSet
	systems map[string]*CodeSystem
}

// ValueSet implements [Definitions].
func (s *standard) ValueSet(_ context.Context, canonical string) (*ValueSet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.once.Do(s.find)
	url, version := s.split("valueset", canonical)
	v := s.sets[url]
	if v == nil {
		r, err := s.resource("valueset", url)
		if err != nil {
			return nil, err
		}
		set, ok := r.(*r4.ValueSet)
		if !ok {
			return nil, nil
		}
		v = NewValueSet(set)
		s.sets[url] = v
	}
	if version != "" && version != v.Version {
		return nil, nil
	}
	return v, nil
}

// CodeSystem implements [Definitions].
func (s *standard) CodeSystem(_ context.Context, canonical string) (*CodeSystem, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.once.Do(s.find)
	url, version := s.split("codesystem", canonical)
	c := s.systems[url]
	if c == nil {
		r, err := s.resource("codesystem", url)
		if err != nil {
			return nil, err
		}
		system, ok := r.(*r4.CodeSystem)
		if !ok {
			return nil, nil
		}
		c = NewCodeSystem(system)
		s.systems[url] = c
	}
	if version != "" && version != c.Version {
		return nil, nil
	}
	return c, nil
}

// split parts a canonical URL from its version. A few tables of HL7 version 2 have a bar in the URL itself.
func (s *standard) split(kind, canonical string) (url, version string) {
	i := strings.LastIndexByte(canonical, '|')
	if i < 0 || s.lines[kind+" "+canonical] != nil {
		return canonical, ""
	}
	return canonical[:i], canonical[i+1:]
}

// resource decodes the definition of a URL, nil if there is none.
func (s *standard) resource(kind, url string) (r4.Resource, error) {
	line := s.lines[kind+" "+url]
	if line == nil {
		return nil, nil
	}
	return r4.Unmarshal(line)
}

// find notes where each definition lies.
func (s *standard) find() {
	s.lines, s.sets, s.systems = map[string][]byte{}, map[string]*ValueSet{}, map[string]*CodeSystem{}
	files, err := fs.Glob(r4term.Definitions, "*.ndjson")
	for _, name := range files {
		data, e := r4term.Definitions.ReadFile(name)
		if e != nil {
			err = e
		}
		kind, _, _ := strings.Cut(name, "-")
		for line := range bytes.Lines(data) {
			if url, ok := urlOf(line); ok {
				s.lines[kind+" "+url] = line
			}
		}
	}
	if err != nil {
		panic("term: " + err.Error()) // the files are part of the program
	}
}

// urlOf reads the URL of a line, whose form the generator fixes: it is the second member.
func urlOf(line []byte) (string, bool) {
	const mark = `,"url":"`
	_, rest, found := bytes.Cut(line, []byte(mark))
	url, _, ended := bytes.Cut(rest, []byte(`"`))
	return string(url), found && ended
}

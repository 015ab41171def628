package interaction

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"chartwright/internal/care/parameter"
	"chartwright/internal/fault"
)

// reindex starts a job that indexes resources anew, or says how the jobs and the site's own search parameters are doing.
//
//	POST /$reindex {type, param}  202, Content-Location: /$reindex?job=7
//	GET  /$reindex?job=7          202 and X-Progress while it is at work, then 200 and what it has done
//	GET  /$reindex                the site's own parameters, the jobs that have not ended, and the newest that have
//
// Errors: Invalid for a type or parameter that does not exist; NotFound for a job that does not exist.
//
// https://hl7.org/fhir/R4/async.html
func (e *Engine) reindex(ctx context.Context, c *Call) (*Answer, error) {
	const op = "interaction.reindex"
	if e.parameters == nil {
		return nil, fault.New(fault.NotFound, op, "the operation $reindex is not offered here")
	}
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	site := c.Site.Name()
	if c.Method == http.MethodPost {
		if err := c.book.Executed(ctx, in.first("type")); err != nil {
			return nil, err
		}
		j, err := e.parameters.Start(ctx, site, parameter.Request{Type: in.first("type"), Param: in.first("param"), By: "$reindex"})
		if err != nil {
			return nil, err
		}
		a := jobAnswer(j)
		a.ContentLocation = "$reindex?job=" + itoa(j.ID)
		return a, nil
	}
	if text := in.first("job"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fault.AtParam(op, "job", "job: a number is expected")
		}
		j, err := e.parameters.Job(ctx, site, id)
		if err != nil {
			return nil, err
		}
		return jobAnswer(j), nil
	}
	jobs, err := e.parameters.Jobs(ctx, site)
	if err != nil {
		return nil, err
	}
	own, err := e.parameters.Own(ctx, site)
	if err != nil {
		return nil, err
	}
	out := parameters{ResourceType: "Parameters"}
	for i := range own {
		p := &own[i]
		out.Parameter = append(out.Parameter, named{Name: "searchParameter", Part: []named{
			{Name: "reference", Reference: &reference{"SearchParameter/" + p.Source}}, {Name: "base", Code: p.Base}, {Name: "code", Code: p.Code},
			{Name: "status", Code: string(p.State)},
		}})
	}
	for i := range jobs {
		out.Parameter = append(out.Parameter, named{Name: "job", Part: jobParts(&jobs[i])})
	}
	return &Answer{Status: http.StatusOK, Body: out.body()}, nil
}

// jobAnswer is 202 until the job has ended.
func jobAnswer(j *parameter.Job) *Answer {
	a := &Answer{Status: http.StatusOK, Body: parameters{ResourceType: "Parameters", Parameter: jobParts(j)}.body()}
	if j.Ended.IsZero() {
		a.Status, a.Progress = http.StatusAccepted, j.Progress()
	}
	return a
}

func jobParts(j *parameter.Job) []named {
	done, total := j.Counts()
	out := []named{
		{Name: "job", Integer: &j.ID}, {Name: "status", Code: string(j.State)}, {Name: "reason", String: j.Reason},
		{Name: "created", Instant: string(appendInstant(nil, j.Created))},
	}
	if !j.Ended.IsZero() {
		out = append(out, named{Name: "ended", Instant: string(appendInstant(nil, j.Ended))})
	}
	if j.Error != "" {
		out = append(out, named{Name: "error", String: j.Error})
	}
	out = append(out, named{Name: "done", Integer: &done}, named{Name: "total", Integer: &total})
	for i := range j.Parts {
		p := &j.Parts[i]
		if !p.Began {
			continue
		}
		part := []named{{Name: "kind", Code: string(p.Kind)}}
		if p.Type != "" {
			part = append(part, named{Name: "type", Code: p.Type})
		}
		part = append(part, named{Name: "done", Integer: &p.Done})
		if p.Counted() {
			part = append(part, named{Name: "total", Integer: &p.Total}, named{Name: "failed", Integer: &p.Failed})
		}
		out = append(out, named{Name: "part", Part: part})
	}
	return out
}

// parameters is a Parameters resource that this server makes.
//
// https://hl7.org/fhir/R4/parameters.html
type parameters struct {
	ResourceType string  `json:"resourceType"`
	Parameter    []named `json:"parameter,omitempty"`
}

// named is one parameter: it has one value, or parts.
type named struct {
	Name      string     `json:"name"`
	Boolean   *bool      `json:"valueBoolean,omitempty"`
	Code      string     `json:"valueCode,omitempty"`
	Instant   string     `json:"valueInstant,omitempty"`
	Integer   *int64     `json:"valueInteger,omitempty"`
	String    string     `json:"valueString,omitempty"`
	Reference *reference `json:"valueReference,omitempty"`
	Part      []named    `json:"part,omitempty"`
}

type reference struct {
	Reference string `json:"reference"`
}

func (p parameters) body() JSON {
	b, err := json.Marshal(p)
	if err != nil {
		panic("interaction: " + err.Error()) // our own plain structs always encode
	}
	return JSON(b)
}

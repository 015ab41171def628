package tsclient

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// call is an operation as a function.
type call struct {
	name, method, path string
	about              string
	inPath             []string
	query              []parameter
	body, bodyAs       string // type of the body, and the member of Content that it goes under; empty for none
	answer, receive    string // type of the answer, and the function that reads it
}

// call reads an operation; shared are the parameters of its path.
func (p *printer) call(method, path string, shared []parameter, op *operation) (*call, error) {
	c := &call{name: op.OperationID, method: method, path: path, about: sentence(op.Summary) + " " + op.Description}
	for _, x := range append(append([]parameter{}, shared...), op.Parameters...) {
		if x.Ref != "" {
			known, ok := p.doc.Components.Parameters.get(last(x.Ref))
			if !ok {
				return nil, fmt.Errorf("there is no %s", x.Ref)
			}
			x = known
		}
		switch x.In {
		case "path":
			if !strings.Contains(path, "{"+x.Name+"}") {
				return nil, fmt.Errorf("the parameter %s is not in the path", x.Name)
			}
			c.inPath = append(c.inPath, x.Name)
		case "query":
			c.query = append(c.query, x)
		default:
			return nil, fmt.Errorf("the parameter %s is in %q", x.Name, x.In)
		}
	}
	if op.RequestBody != nil {
		if err := c.takes(op.RequestBody.Content); err != nil {
			return nil, err
		}
	}
	for _, r := range op.Responses {
		if strings.HasPrefix(r.Name, "2") {
			return c, c.gives(r.Value.Content)
		}
	}
	return nil, errors.New("no answer is a success")
}

func (c *call) takes(content members[media]) error {
	if m, ok := content.get("application/json"); ok {
		c.body, c.bodyAs = typeOf(m.Schema), "json"
		return nil
	}
	m, ok := content.get("multipart/form-data")
	if !ok {
		return errors.New("the body has no media type that a client can send")
	}
	c.body, c.bodyAs = typeOf(m.Schema), "form"
	return nil
}

func (c *call) gives(content members[media]) error {
	if m, ok := content.get("application/json"); ok {
		c.answer, c.receive = typeOf(m.Schema), "json"
		return nil
	}
	if len(content) == 0 {
		return errors.New("the success has no content")
	}
	c.answer, c.receive = "Blob", "blob"
	return nil
}

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

var inBraces = regexp.MustCompile(`\{([^}]+)\}`)

// function writes an operation, and before it the type of its query if it has one.
func (p *printer) function(c *call) {
	args := []string{"c: Connection"}
	for _, name := range c.inPath {
		args = append(args, name+": string | number")
	}
	var content []string
	if c.body != "" {
		args = append(args, "body: "+c.body)
		content = append(content, c.bodyAs+": body")
	}
	if len(c.query) > 0 {
		name := strings.ToUpper(c.name[:1]) + c.name[1:] + "Query"
		arg := "query: " + name
		if !p.queryType(name, c.query) {
			arg += " = {}"
		}
		args = append(args, arg)
		content = append(content, "query")
	}
	last := ""
	if len(content) > 0 {
		last = ", { " + strings.Join(content, ", ") + " }"
	}
	p.line("")
	p.comment("", c.about)
	p.line("export async function %s(%s): Promise<%s> {", c.name, strings.Join(args, ", "), c.answer)
	p.line("  return %s(c, %s, path`%s`%s);", c.receive, quote(c.method), inBraces.ReplaceAllString(c.path, "$${$1}"), last)
	p.line("}")
}

// queryType writes the type of a query and reports whether it has a required member.
func (p *printer) queryType(name string, query []parameter) bool {
	var s schema
	for _, x := range query {
		typ := *x.Schema
		typ.Description = x.Description
		s.Properties = append(s.Properties, member[*schema]{x.Name, &typ})
		if x.Required {
			s.Required = append(s.Required, x.Name)
		}
	}
	p.declare(name, &s)
	return len(s.Required) > 0
}

package tsclient

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// width is how long a line of a comment may get.
const width = 120

// printer collects the lines of a file.
type printer struct {
	bytes.Buffer
	doc *document
}

// taken are the names that a client has of the file that it rests on.
var taken = map[string]bool{"APIError": true, "Connection": true, "blob": true, "json": true, "path": true}

// client returns the client of a document.
func client(header string, served []byte) ([]byte, error) {
	p := &printer{doc: &document{}}
	if err := yaml.Unmarshal(served, p.doc); err != nil {
		return nil, err
	}
	var ops []*call
	for _, at := range p.doc.Paths {
		for _, x := range []struct {
			method string
			op     *operation
		}{{"GET", at.Value.Get}, {"POST", at.Value.Post}, {"PUT", at.Value.Put}, {"DELETE", at.Value.Delete}} {
			if x.op == nil {
				continue
			}
			c, err := p.call(x.method, at.Name, at.Value.Parameters, x.op)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", x.method, at.Name, err)
			}
			ops = append(ops, c)
		}
	}
	p.WriteString(header)
	p.line("")
	p.comment("", "Typed client of the "+p.doc.Info.Title+": a function for each operation, and the types of what goes in and comes out.")
	imports := []string{"type Connection"}
	for _, name := range []string{"blob", "json", "path"} {
		for _, c := range ops {
			if name == "path" || c.receive == name {
				imports = append(imports, name)
				break
			}
		}
	}
	p.line(`import { %s } from "./http.js";`, strings.Join(imports, ", "))
	p.line("")
	p.line(`export { APIError, type Connection } from "./http.js";`)
	names := map[string]bool{}
	for _, s := range p.doc.Components.Schemas {
		names[s.Name] = true
		p.declare(s.Name, s.Value)
	}
	for _, c := range ops {
		names[c.name] = true
		p.function(c)
	}
	for name := range taken {
		if names[name] {
			return nil, fmt.Errorf("%s is a name of the client itself", name)
		}
	}
	return p.Bytes(), nil
}

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p, format, args...)
	p.WriteByte('\n')
}

// comment writes text for readers and editors, wrapped; none for no text.
func (p *printer) comment(indent, text string) {
	words := strings.Fields(strings.ReplaceAll(text, "*/", "*\\/"))
	if len(words) == 0 {
		return
	}
	if one := indent + "/** " + strings.Join(words, " ") + " */"; len(one) <= width {
		p.line("%s", one)
		return
	}
	p.line("%s/**", indent)
	line := indent + " *"
	for _, w := range words {
		if len(line)+1+len(w) > width {
			p.line("%s", line)
			line = indent + " *"
		}
		line += " " + w
	}
	p.line("%s", line)
	p.line("%s */", indent)
}

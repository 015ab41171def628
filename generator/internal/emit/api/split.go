package api

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strconv"
	"strings"

	"chartwright/generator/internal/emit"
)

// filled is the size at which a file is full enough to begin the next.
const filled = 200_000

// split cuts one generated file into several: types.go for declarations, code.go for functions, numbered when there are more.
func split(dir, header, src string) ([]emit.File, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	groups := []*group{{name: "types"}, {name: "code"}}
	for _, d := range file.Decls {
		g := groups[0]
		start := d.Pos()
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			if d.Doc != nil {
				start = d.Doc.Pos()
			}
		case *ast.FuncDecl:
			g = groups[1]
			if d.Doc != nil {
				start = d.Doc.Pos()
			}
		}
		g.add(src[fset.Position(start).Offset:fset.Position(d.End()).Offset], packagesIn(d))
	}
	var files []emit.File
	for _, g := range groups {
		for i, part := range g.parts {
			var b bytes.Buffer
			b.WriteString(header)
			fmt.Fprintf(&b, "\npackage %s\n\nimport (\n", file.Name.Name)
			for _, imp := range file.Imports {
				if part.uses[importName(imp)] {
					b.WriteString("\t" + source(src, fset, imp) + "\n")
				}
			}
			b.WriteString(")\n\n" + part.body)
			name := g.name + ".go"
			if i > 0 {
				name = g.name + strconv.Itoa(i+1) + ".go"
			}
			f, err := emit.Go(path.Join(dir, name), b.Bytes())
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	return files, nil
}

type group struct {
	name  string
	parts []*part
}

type part struct {
	body string
	uses map[string]bool // names before a dot, packages among them
}

func (g *group) add(decl string, uses []string) {
	if len(g.parts) == 0 || len(g.parts[len(g.parts)-1].body) > filled {
		g.parts = append(g.parts, &part{uses: map[string]bool{}})
	}
	p := g.parts[len(g.parts)-1]
	p.body += decl + "\n\n"
	for _, u := range uses {
		p.uses[u] = true
	}
}

// packagesIn returns the names that stand before a dot.
func packagesIn(d ast.Decl) []string {
	var names []string
	ast.Inspect(d, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
		}
		return true
	})
	return names
}

func source(src string, fset *token.FileSet, n ast.Node) string {
	return src[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset]
}

// importName is the name under which a file uses an import.
func importName(imp *ast.ImportSpec) string {
	if imp.Name != nil {
		return imp.Name.Name
	}
	p := strings.Trim(imp.Path.Value, `"`)
	if base := path.Base(p); !strings.HasPrefix(base, "v") || len(base) > 3 {
		return base
	}
	return path.Base(path.Dir(p))
}

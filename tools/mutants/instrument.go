package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// mutant is one way in which a package is broken.
type mutant struct {
	number int
	file   string // without its folder
	line   int
	where  string // the function
	what   string // the source that is broken
	how    string // true, false, or left out
}

// name tells a mutant from the others for as long as its function stays as it is.
func (m *mutant) name() string { return fmt.Sprintf("%s: %s → %s", m.where, m.what, m.how) }

func (m *mutant) String() string { return fmt.Sprintf("%s:%d: %s", m.file, m.line, m.name()) }

// The ways to break something.
const (
	forcedTrue  = "true"
	forcedFalse = "false"
	leftOut     = "left out"
)

// forced is the function that breaks conditions, which every package with mutants gets.
const forced = `package %s

import (
	"os"
	"strconv"
)

var mutantOn, _ = strconv.Atoi(os.Getenv(%q))

// mutantForced is a condition as it is, or the opposite of what a mutant with one of the numbers makes of it.
func mutantForced(whenTrue, whenFalse int, as bool) bool {
	switch mutantOn {
	case 0:
		return as
	case whenTrue:
		return true
	case whenFalse:
		return false
	}
	return as
}
`

// variable is what switches a mutant on.
const variable = "CHARTWRIGHT_MUTANT"

// edit is text to be put into a source.
type edit struct {
	at     int
	closes bool
	text   string
	order  int
}

// instrumented is one file with its mutants built in.
type instrumented struct {
	source  []byte
	mutants []*mutant
}

// instrument builds mutants into a Go file. Their numbers go on from the given one.
func instrument(name string, source []byte, number int) (*instrumented, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	b := &breaker{set: set, name: name, source: source, number: number, seen: map[ast.Node]bool{}}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		b.where = f.Name.Name
		if f.Recv != nil {
			b.where = strings.Trim(b.text(f.Recv.List[0].Type), "*") + "." + b.where
		}
		ast.Inspect(f.Body, b.visit)
	}
	return &instrumented{b.done(), b.mutants}, nil
}

// breaker goes through one file.
type breaker struct {
	set     *token.FileSet
	name    string
	source  []byte
	number  int
	where   string
	seen    map[ast.Node]bool
	mutants []*mutant
	edits   []edit
}

func (b *breaker) offset(p token.Pos) int { return b.set.Position(p).Offset }

func (b *breaker) text(n ast.Node) string {
	return string(b.source[b.offset(n.Pos()):b.offset(n.End())])
}

// visit breaks what a node holds.
func (b *breaker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		b.condition(n.Cond, forcedTrue, forcedFalse)
	case *ast.SwitchStmt:
		if n.Tag == nil {
			for _, s := range n.Body.List {
				for _, e := range s.(*ast.CaseClause).List {
					b.condition(e, forcedTrue, forcedFalse)
				}
			}
		}
	case *ast.ReturnStmt:
		for _, e := range n.Results {
			if isCondition(e) {
				b.condition(e, forcedTrue, forcedFalse)
			}
		}
	case *ast.BinaryExpr:
		// What the whole being false says, one operand of an "and" being false says too; likewise "or".
		switch n.Op {
		case token.LAND:
			b.condition(n.X, forcedTrue)
			b.condition(n.Y, forcedTrue)
		case token.LOR:
			b.condition(n.X, forcedFalse)
			b.condition(n.Y, forcedFalse)
		}
	case *ast.BlockStmt:
		b.statements(n.List)
	case *ast.CaseClause:
		b.statements(n.Body)
	}
	return true
}

// isCondition reports whether an expression is a condition by its looks.
func isCondition(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return slices.Contains([]token.Token{token.EQL, token.NEQ, token.LSS, token.GTR, token.LEQ, token.GEQ, token.LAND, token.LOR}, e.Op)
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	case *ast.ParenExpr:
		return isCondition(e.X)
	}
	return false
}

// condition forces a condition, once for each way. One that joins others with the same operator is forced by its parts.
func (b *breaker) condition(e ast.Expr, ways ...string) {
	if b.seen[e] {
		return
	}
	b.seen[e] = true
	numbers := map[string]int{forcedTrue: -1, forcedFalse: -1}
	for _, way := range ways {
		numbers[way] = b.add(e, way)
	}
	b.wrap(e, fmt.Sprintf("mutantForced(%d, %d, ", numbers[forcedTrue], numbers[forcedFalse]), ")")
}

// statements leaves those out that have an effect.
func (b *breaker) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.ExprStmt, *ast.IncDecStmt:
		default:
			continue
		}
		b.wrap(s, fmt.Sprintf("if !mutantForced(%d, -1, false) { ", b.add(s, leftOut)), " }")
	}
}

// add counts a mutant.
func (b *breaker) add(n ast.Node, how string) int {
	b.number++
	b.mutants = append(b.mutants, &mutant{
		number: b.number, file: b.name, line: b.set.Position(n.Pos()).Line, where: b.where, what: strings.Join(strings.Fields(b.text(n)), " "), how: how,
	})
	return b.number
}

func (b *breaker) wrap(n ast.Node, before, after string) {
	b.edits = append(b.edits, edit{at: b.offset(n.Pos()), text: before, order: len(b.edits)}, edit{at: b.offset(n.End()), closes: true, text: after, order: len(b.edits)})
}

// done is the source with all edits in it: what was wrapped later lies inside.
func (b *breaker) done() []byte {
	slices.SortFunc(b.edits, func(x, y edit) int {
		if c := cmp.Compare(x.at, y.at); c != 0 {
			return c
		}
		switch {
		case x.closes != y.closes && x.closes:
			return -1
		case x.closes != y.closes:
			return 1
		case x.closes:
			return cmp.Compare(y.order, x.order)
		}
		return cmp.Compare(x.order, y.order)
	})
	var out bytes.Buffer
	at := 0
	for _, e := range b.edits {
		out.Write(b.source[at:e.at])
		out.WriteString(e.text)
		at = e.at
	}
	out.Write(b.source[at:])
	return out.Bytes()
}

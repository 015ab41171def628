// Command generator writes gen/ from spec/: it loads the definitions, resolves them into one model, lets each emitter print
// its output in memory and brings the folder to that state, or with -check proves that it is there.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/emit/api"
	"chartwright/generator/internal/emit/openapi"
	"chartwright/generator/internal/emit/r4"
	"chartwright/generator/internal/emit/r4invariant"
	"chartwright/generator/internal/emit/r4route"
	"chartwright/generator/internal/emit/r4search"
	"chartwright/generator/internal/emit/r4term"
	"chartwright/generator/internal/emit/scope"
	"chartwright/generator/internal/emit/tsclient"
	"chartwright/generator/internal/load"
	"chartwright/generator/internal/resolve"
)

// emitters are the outputs, in the order in which they run. A new output is a package below internal/emit and a line here.
var emitters = []emit.Emitter{
	openapi.Emitter{},
	r4.Emitter{},
	r4invariant.Emitter{},
	r4route.Emitter{},
	r4search.Emitter{},
	r4term.Emitter{},
	scope.Emitter{},
}

func main() {
	check := flag.Bool("check", false, "change nothing; fail if gen/ is not what the generator writes")
	out := flag.String("out", "gen", "folder of the generated files")
	spec := flag.String("spec", "spec", "folder of the inputs")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "generator: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(*spec, *out, emit.Mode(*check)); err != nil {
		fmt.Fprintln(os.Stderr, "generator:", err)
		os.Exit(1)
	}
}

func run(spec, out string, mode emit.Mode) error {
	in, err := load.Dir(os.DirFS(spec))
	if err != nil {
		return err
	}
	m, err := resolve.Model(in)
	if err != nil {
		return err
	}
	apis := api.Emitter{Spec: os.DirFS(spec)}
	set, err := emit.All(m, append(slices.Clip(emitters), apis, tsclient.Emitter{APIs: apis}))
	if err != nil {
		return err
	}
	rep, err := set.Sync(out, mode)
	if err != nil {
		return err
	}
	for _, f := range rep.Foreign {
		fmt.Fprintf(os.Stderr, "generator: %s/%s is not written by the generator\n", out, f)
	}
	if mode == emit.Check && !rep.Clean() {
		return fmt.Errorf("%s is stale, run make generate: %s", out, strings.Join(append(rep.Changed, rep.Stale...), " "))
	}
	fmt.Printf("%d files, %d changed, %d removed\n", len(set.Files()), len(rep.Changed), len(rep.Stale))
	return nil
}

package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when the program is built by make.
var version = "unknown"

type versionCmd struct{}

// Run prints what was built, with what, and for which FHIR release.
func (versionCmd) Run(t *terminal) error {
	fmt.Fprintf(t.out, "chartwright %s\nFHIR R4 (4.0.1)\n%s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			switch m.Path {
			case "github.com/gin-gonic/gin", "gorm.io/gorm", "github.com/ory/fosite", "modernc.org/sqlite", "github.com/jackc/pgx/v5":
				fmt.Fprintf(t.out, "%s %s\n", m.Path, m.Version)
			}
		}
	}
	return nil
}

package api

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v3"

	"chartwright/generator/internal/emit"
)

// config is a configuration of oapi-codegen and the folder below gen/ that its output goes to.
type config struct {
	codegen.Configuration `yaml:",inline"`
	Output                string `yaml:"output"`
}

// generate runs oapi-codegen with one configuration and cuts what it returns into files of a readable size.
func generate(spec fs.FS, cfg string, doc *document, ready map[string]*document, operations int) ([]emit.File, error) {
	data, err := fs.ReadFile(spec, cfg)
	if err != nil {
		return nil, err
	}
	var c config
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg, err)
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg, err)
	}
	t, err := doc.load(ready)
	if err != nil {
		return nil, err
	}
	src, err := codegen.Generate(t, c.UpdateDefaults())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cfg, err)
	}
	from := "spec/openapi/" + doc.name
	if c.Generate.Strict {
		if src, err = plainContext(src, operations); err != nil {
			return nil, err
		}
	}
	files, err := split(c.Output, emit.Header("api", from), src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cfg, err)
	}
	if strings.Contains(src, "None ") {
		none, err := emit.Go(path.Join(c.Output, "none.go"), []byte(emit.Header("api", from)+noneType(c.PackageName)))
		if err != nil {
			return nil, err
		}
		files = append(files, none)
	}
	if c.Generate.Strict {
		mount, err := emit.Go(path.Join(c.Output, "mount.go"), []byte(emit.Header("api", from)+mountCode(c.PackageName)))
		if err != nil {
			return nil, err
		}
		files = append(files, mount)
	}
	return files, nil
}

// plainContext gives the services the context of the request instead of gin's, so that no service can lean on gin.
func plainContext(src string, operations int) (string, error) {
	const from, to = "(ctx, request.(", "(ctx.Request.Context(), request.("
	if n := strings.Count(src, from); n != operations {
		return "", fmt.Errorf("%d calls of services for %d operations: oapi-codegen's output has changed", n, operations)
	}
	return strings.ReplaceAll(src, from, to), nil
}

func noneType(pkg string) string {
	return `
package ` + pkg + `

// None is a list that is always empty.
type None struct{}

// MarshalJSON writes an empty list.
func (None) MarshalJSON() ([]byte, error) { return []byte("[]"), nil }

// UnmarshalJSON accepts whatever is there.
func (*None) UnmarshalJSON([]byte) error { return nil }
`
}

func mountCode(pkg string) string {
	return `
package ` + pkg + `

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"chartwright/internal/care/form"
	"chartwright/internal/fault"
)

// Bounds of the body of a request in bytes: of JSON, and of anything else.
const (
	MaxBody   = 4 << 20
	MaxUpload = 32 << 20
)

// Service is what an implementation of this API supplies.
type Service interface {
	StrictServerInterface
	// Check holds the body of a request to the rules of op and returns it in the form that binds.
	Check(ctx context.Context, op *form.Operation, body []byte) ([]byte, error)
}

// Fail writes the answer to an error of an operation.
type Fail func(c *gin.Context, op *form.Operation, err error)

// Mount registers all operations below baseURL, such as /apis/:site. Who the caller is and what he may do is decided before,
// by handlers of router; the services find it in the context of the request.
func Mount(router gin.IRouter, baseURL string, service Service, fail Fail) {
	byRoute := make(map[string]*form.Operation, len(Operations))
	for i := range Operations {
		op := &Operations[i]
		byRoute[op.Method+" "+baseURL+ginPath(op.Path)] = op
	}
	of := func(c *gin.Context) *form.Operation { return byRoute[c.Request.Method+" "+c.FullPath()] }
	check := func(c *gin.Context) {
		op := of(c)
		if op.Mode == form.NoBody || len(op.Fields) == 0 {
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, MaxUpload)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, MaxBody))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			err = fault.New(fault.TooLarge, "` + pkg + `.body", "the body is larger than %d bytes", MaxBody)
		case fault.Is(err, fault.Throttled): // there is no room for it now
		case err != nil:
			err = fault.Wrap(fault.Invalid, "` + pkg + `.body", err)
		default:
			body, err = service.Check(c.Request.Context(), op, body)
		}
		if err != nil {
			fail(c, op, err)
			c.Abort()
			return
		}
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		c.Request.ContentLength = int64(len(body))
	}
	failed := func(c *gin.Context, err error) { fail(c, of(c), err) }
	malformed := func(c *gin.Context, what string, err error) {
		fail(c, of(c), &fault.Error{Kind: fault.Invalid, Op: "` + pkg + `.bind", Detail: what + " does not have the documented form", Err: err})
	}
	handler := NewStrictHandlerWithOptions(service, nil, StrictGinServerOptions{
		RequestErrorHandlerFunc: func(c *gin.Context, err error) { malformed(c, "the body", err) },
		HandlerErrorFunc:        failed, ResponseErrorHandlerFunc: failed,
	})
	RegisterHandlersWithOptions(router, handler, GinServerOptions{
		BaseURL: baseURL, Middlewares: []MiddlewareFunc{check},
		ErrorHandler: func(c *gin.Context, err error, _ int) {
			if missing := form.CheckQuery(of(c), c.Request.URL.Query()); missing != nil {
				failed(c, missing)
				return
			}
			malformed(c, "a parameter", err)
		},
	})
}

// ginPath writes a path of the document as gin does.
func ginPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
`
}

package httpd

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"chartwright/gen/api/portal"
	"chartwright/gen/api/standard"
	"chartwright/internal/access"
	"chartwright/internal/care/form"
	"chartwright/internal/care/record"
)

// dialectRoutes mounts the generated handlers of the Standard and Portal APIs behind the same gate as the FHIR API.
func (s *server) dialectRoutes(g *gin.Engine) {
	const base = "/apis/:site"
	preflights(g, base)
	if s.Standard != nil {
		standard.Mount(g.Group("", s.gate(access.Standard, base, standard.Operations)), base, s.Standard, s.failOperation)
	}
	if s.Portal != nil {
		portal.Mount(g.Group("", s.gate(access.Portal, base, portal.Operations)), base, s.Portal, s.failOperation)
	}
}

// preflights lets pages of other origins call the Standard and Portal APIs, as they may call the FHIR API.
func preflights(g *gin.Engine, base string) {
	for _, path := range []string{base + "/api/*path", base + "/portal/*path"} {
		g.OPTIONS(path, func(c *gin.Context) {
			h := c.Writer.Header()
			crossOrigin(h)
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, X-Request-Id")
			h.Set("Access-Control-Max-Age", "600")
			c.Status(http.StatusNoContent)
		})
	}
}

// gate lets a request through to its operation when the caller may call it, with the Book of the site in its context.
func (s *server) gate(api access.API, base string, operations []form.Operation) gin.HandlerFunc {
	byRoute := make(map[string]*form.Operation, len(operations))
	for i := range operations {
		op := &operations[i]
		byRoute[op.Method+" "+base+ginPath(op.Path)] = op
	}
	return func(c *gin.Context) {
		crossOrigin(c.Writer.Header())
		op := byRoute[c.Request.Method+" "+c.FullPath()]
		if err := s.admit(c, api, op); err != nil {
			s.failOperation(c, op, err)
			c.Abort()
		}
	}
}

func (s *server) admit(c *gin.Context, api access.API, op *form.Operation) error {
	r := c.Request
	x := exchangeOf(r)
	x.door, x.site, x.Operation = string(api), c.Param("site"), op.ID
	p, err := s.offering(r.Context(), x.site, api)
	if err != nil {
		return err
	}
	subject, err := s.caller(r, p, api)
	if err != nil {
		return err
	}
	policy, err := s.Policy(r.Context(), x.site, p.settings)
	if err != nil {
		return err
	}
	asked := access.Request{API: api, Operation: op.ID}
	grant, err := access.Authorize(subject, asked, policy)
	if err != nil {
		if rerr := s.Records.Refused(r.Context(), p.site, &access.Grant{Subject: subject, Request: asked}, "", err); rerr != nil {
			return rerr
		}
		return err
	}
	ctx := access.WithGrant(r.Context(), grant)
	c.Request = r.WithContext(record.WithBook(ctx, s.Records.Book(p.site, grant).Under(p.settings)))
	return nil
}

// ginPath writes a path of an API document as gin does.
func ginPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

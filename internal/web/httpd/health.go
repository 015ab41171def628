package httpd

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// healthRoutes answer probes: live means that the process serves, ready that it can reach its store
// and goes on for more than a moment.
func (s *server) healthRoutes(g *gin.Engine) {
	g.GET("/health/live", func(c *gin.Context) { write(c.Writer, http.StatusOK, plainJSON, []byte(`{"status":"live"}`)) })
	g.GET("/health/ready", func(c *gin.Context) {
		if s.Stopping != nil && s.Stopping() {
			write(c.Writer, http.StatusServiceUnavailable, plainJSON, []byte(`{"status":"stopping"}`))
			return
		}
		if s.Ready != nil {
			if err := s.Ready(c.Request.Context()); err != nil {
				s.log(c.Request, err)
				write(c.Writer, http.StatusServiceUnavailable, plainJSON, []byte(`{"status":"not ready"}`))
				return
			}
		}
		write(c.Writer, http.StatusOK, plainJSON, []byte(`{"status":"ready"}`))
	})
}

package httpd

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"chartwright/internal/fault"
)

// doors are addresses that people know by heart, or have in documents about OpenEMR, and the page of a site that each leads to.
var doors = map[string]string{
	"/admin":                                 "admin",
	"/admin/":                                "admin",
	"/interface/smart/register-app.php":      "register-app",
	"/interface/smart/admin-client.php":      "admin",
	"/interface/smart/ehr-launch-client.php": "launch",
}

// doorRoutes leads the doors to the pages of the default site, or of the one that ?site= names as in OpenEMR. The pages belong to the
// authorization server, and where it is not served there are no doors.
func (s *server) doorRoutes(g *gin.Engine) {
	if s.Identity == nil {
		return
	}
	for from, page := range doors {
		g.GET(from, func(c *gin.Context) {
			exchangeOf(c.Request).door = "screens"
			site := c.Query("site")
			if site == "" {
				site = s.DefaultSite
			}
			if err := s.open(c.Request.Context(), site); err != nil {
				s.fail(c.Writer, c.Request, err)
				return
			}
			c.Redirect(http.StatusSeeOther, s.BaseURL+"/oauth2/"+url.PathEscape(site)+"/"+page)
		})
	}
}

// open makes sure that a site answers at all. Errors: NotFound if there is none, or the operator has closed it.
func (s *server) open(ctx context.Context, site string) error {
	if _, err := s.Sites.Open(ctx, site); err != nil {
		return err
	}
	settings, err := s.Settings.Settings(ctx, site)
	if err == nil && settings.Closed {
		err = fault.New(fault.NotFound, "httpd.site", "there is no site %q", site)
	}
	return err
}

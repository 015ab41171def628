package httpd

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
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
			if _, err := s.open(c.Request.Context(), site); err != nil {
				s.fail(c.Writer, c.Request, err)
				return
			}
			c.Redirect(http.StatusSeeOther, s.BaseURL+"/oauth2/"+url.PathEscape(site)+"/"+page)
		})
	}
}

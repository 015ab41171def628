package floor

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// MaxRecords is how many resources one request of GET /records may name.
const MaxRecords = 32

// serveRecords answers resources of one type whose ids are known, by one select.
func serveRecords(ctx context.Context, g *gin.Engine, db database, postgres bool) error {
	var text strings.Builder
	text.WriteString("SELECT body FROM resource WHERE type = " + parameter(1, postgres) + " AND id IN (")
	for i := range MaxRecords {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(parameter(i+2, postgres))
	}
	text.WriteByte(')')
	find, err := db.prepare(ctx, text.String())
	if err != nil {
		return err
	}
	g.GET("/records", func(c *gin.Context) {
		ids := c.QueryArray("id")
		if len(ids) == 0 || len(ids) > MaxRecords {
			c.Status(http.StatusBadRequest)
			return
		}
		args := append([]string{c.Query("type")}, ids...)
		for len(args) <= MaxRecords {
			args = append(args, ids[0])
		}
		out := bundle{total: -1}
		if err := find(c.Request.Context(), args, out.add, nil); err != nil {
			c.String(http.StatusInternalServerError, err.Error())
			return
		}
		c.Data(http.StatusOK, contentType, out.end())
	})
	return nil
}

func parameter(n int, postgres bool) string {
	if postgres {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

package floor

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
)

// serveWrites serves what changes something, one transaction for each request.
func serveWrites(g *gin.Engine, db database) {
	answer := func(c *gin.Context, status int, err error) {
		if err != nil {
			c.String(http.StatusInternalServerError, err.Error())
			return
		}
		c.Status(status)
	}
	g.POST("/:type", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err == nil {
			id := uuid.NewString()
			c.Header("Location", "/"+c.Param("type")+"/"+id)
			err = db.create(c.Request.Context(), c.Param("type"), id, body, indexRows())
		}
		answer(c, http.StatusCreated, err)
	})
	// A small transaction: what it has of two resources is stored as one body with the rows of both.
	g.POST("/", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err == nil {
			second := indexRows()
			for _, r := range second {
				r.values[0] = r.values[0].(int) + 1000 // of another type
			}
			err = db.create(c.Request.Context(), "Bundle", uuid.NewString(), body, append(indexRows(), second...))
		}
		answer(c, http.StatusOK, err)
	})
	g.PUT("/:type/:id", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err == nil {
			err = db.replace(c.Request.Context(), c.Param("type"), c.Param("id"), body, indexRows())
		}
		answer(c, http.StatusOK, err)
	})
	g.DELETE("/:type/:id", func(c *gin.Context) {
		answer(c, http.StatusNoContent, db.replace(c.Request.Context(), c.Param("type"), c.Param("id"), nil, nil))
	})
}

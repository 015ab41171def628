package floor

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"chartwright/tools/bench/shape"
)

// serveSearch answers the shapes of the benchmark over the server's tables, by their number in [shape.All], and everything of
// a patient. The answer is a Bundle of the bodies, as bare as can be; for a shape without SQL so many bytes of memory.
func serveSearch(ctx context.Context, g *gin.Engine, db database, postgres bool, memory int) error {
	type prepared struct{ page, count selection }
	all := make([]prepared, len(shape.All))
	for i := range shape.All {
		page, count := shape.All[i].Statements(postgres)
		for _, s := range []struct {
			text string
			to   *selection
		}{{page, &all[i].page}, {count, &all[i].count}} {
			if s.text == "" {
				continue
			}
			var err error
			if *s.to, err = db.prepare(ctx, s.text); err != nil {
				return err
			}
		}
	}
	fromMemory := make([]byte, memory)
	g.GET("/search/:shape", func(c *gin.Context) {
		n, err := strconv.Atoi(c.Param("shape"))
		if err != nil || n < 0 || n >= len(all) {
			c.Status(http.StatusNotFound)
			return
		}
		args := c.QueryArray("a")
		if all[n].page == nil {
			c.Data(http.StatusOK, contentType, fromMemory)
			return
		}
		out := bundle{buf: make([]byte, 0, 32<<10), total: -1}
		err = all[n].page(c.Request.Context(), args, out.add, nil)
		if err == nil && all[n].count != nil {
			err = all[n].count(c.Request.Context(), args, nil, func(n int64) { out.total = n })
		}
		if err != nil {
			c.String(http.StatusInternalServerError, err.Error())
			return
		}
		c.Data(http.StatusOK, contentType, out.end())
	})
	everything := "SELECT body FROM resource WHERE owner = ? AND body IS NOT NULL"
	if postgres {
		everything = "SELECT body FROM resource WHERE owner = $1 AND body IS NOT NULL"
	}
	owned, err := db.prepare(ctx, everything)
	if err != nil {
		return err
	}
	g.GET("/everything/:patient", func(c *gin.Context) {
		c.Header("Content-Type", contentType)
		c.Status(http.StatusOK)
		out := bundle{total: -1}
		err := owned(c.Request.Context(), []string{c.Param("patient")}, func(body []byte) {
			out.add(body)
			if len(out.buf) > 32<<10 {
				_, _ = c.Writer.Write(out.buf)
				out.buf = out.buf[:0]
			}
		}, nil)
		if err != nil {
			_ = c.Error(err)
		}
		_, _ = c.Writer.Write(out.end())
	})
	return nil
}

// bundle is a searchset as it grows.
type bundle struct {
	buf   []byte
	n     int
	total int64
}

func (b *bundle) add(body []byte) {
	if b.n == 0 {
		b.buf = append(b.buf, `{"resourceType":"Bundle","type":"searchset","entry":[`...)
	} else {
		b.buf = append(b.buf, ',')
	}
	b.n++
	b.buf = append(append(append(b.buf, `{"resource":`...), body...), '}')
}

func (b *bundle) end() []byte {
	if b.n == 0 {
		b.buf = append(b.buf, `{"resourceType":"Bundle","type":"searchset","entry":[`...)
	}
	b.buf = append(b.buf, ']')
	if b.total >= 0 {
		b.buf = strconv.AppendInt(append(b.buf, `,"total":`...), b.total, 10)
	}
	return append(b.buf, '}')
}

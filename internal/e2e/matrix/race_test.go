package matrix_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/storetest"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/token"
)

// bundle is a transaction of updates, each of a Basic by its id and the version that it replaces.
func bundle(entries ...[3]string) []byte {
	type request struct {
		Method  string `json:"method"`
		URL     string `json:"url"`
		IfMatch string `json:"ifMatch,omitempty"`
	}
	var list []any
	for _, e := range entries {
		r := request{Method: http.MethodPut, URL: "Basic/" + e[0]}
		if e[1] != "" {
			r.IfMatch = `W/"` + e[1] + `"`
		}
		list = append(list, map[string]any{"resource": json.RawMessage(basic(e[0], e[2])), "request": r})
	}
	body, err := json.Marshal(map[string]any{"resourceType": "Bundle", "type": "transaction", "entry": list})
	if err != nil {
		panic(err)
	}
	return body
}

func basic(id, text string) string {
	return `{"resourceType":"Basic","id":"` + id + `","code":{"text":"` + text + `"}}`
}

// TestWritersInTheWay is RACE-05, RACE-06 and RACE-18 over HTTP on both databases: writers that cross each other's way come to some
// order, what one has looked at another does not change behind its back, and a right that has ended lets no write pass.
func TestWritersInTheWay(t *testing.T) {
	t.Parallel()
	each := func(name, dsn func(*testing.T) string) {
		t.Run(name(t), func(t *testing.T) {
			t.Parallel()
			writersInTheWay(t, newWorld(t, dsn(t), nil))
		})
	}
	each(func(*testing.T) string { return "sqlite" }, func(*testing.T) string { return "" })
	each(func(*testing.T) string { return "postgres" }, func(t *testing.T) string { t.Helper(); return storetest.PostgreSQL(t) })
}

func writersInTheWay(t *testing.T, w *world) {
	t.Helper()
	who := w.holder(home, "user/Basic.cruds")
	const base = "/apis/" + home + "/fhir"
	put := func(id, text string) {
		t.Helper()
		w.must(w.send(call{method: http.MethodPut, path: base + "/Basic/" + id, token: who, body: []byte(basic(id, text))}))
	}
	read := func(id string) (text, version string) {
		t.Helper()
		a := w.must(w.send(call{method: http.MethodGet, path: base + "/Basic/" + id, token: who}))
		var r struct{ Code struct{ Text string } }
		if err := json.Unmarshal(a.body, &r); err != nil {
			t.Fatal(err)
		}
		return r.Code.Text, strings.Trim(a.header.Get("ETag"), `W/"`)
	}

	put("x", "start")
	put("y", "start")
	var wait sync.WaitGroup
	for i := range 6 {
		wait.Go(func() {
			for n := range 8 {
				text := fmt.Sprint(i, "-", n)
				first, second := [3]string{"x", "", text}, [3]string{"y", "", text}
				if i%2 == 1 {
					first, second = second, first
				}
				if a := w.send(call{method: http.MethodPost, path: base, token: who, body: bundle(first, second)}); a.status != 200 {
					t.Errorf("RACE-05 a transaction across another gets %d %.300s", a.status, a.body)
				}
			}
		})
	}
	wait.Wait()
	x, version := read("x")
	if y, _ := read("y"); x != y || version != "49" {
		t.Errorf("RACE-05 x is of %s in version %s, y of %s", x, version, y)
	}

	// One of the two stays on duty: whoever leaves has looked at both.
	for round := range 5 {
		put("x", "on duty")
		put("y", "on duty")
		_, vx := read("x")
		_, vy := read("y")
		var left atomic.Int64
		for _, leaves := range []string{"x", "y"} {
			wait.Go(func() {
				stay := map[string]string{"x": "on duty", "y": "on duty"}
				stay[leaves] = "away"
				a := w.send(call{method: http.MethodPost, path: base, token: who, body: bundle([3]string{"x", vx, stay["x"]}, [3]string{"y", vy, stay["y"]})})
				if a.status == 200 {
					left.Add(1)
				} else if a.status != 412 && a.status != 409 {
					t.Errorf("RACE-06 %d %.300s", a.status, a.body)
				}
			})
		}
		wait.Wait()
		x, _ := read("x")
		if y, _ := read("y"); left.Load() != 1 || x == "away" && y == "away" {
			t.Errorf("RACE-06 round %d: %d have left, x is %s and y is %s", round, left.Load(), x, y)
		}
	}

	// Whatever begins after a revocation has returned is refused.
	put("z", "0")
	c := &trial{site: home, actor: &actor{kind: access.User, account: account.Administrators}, scopes: []string{"user/Basic.cruds"}}
	w.mustArm(home, c)
	var over atomic.Bool
	for range 4 {
		wait.Go(func() {
			for refused := 0; refused < 3; {
				ended := over.Load()
				a := w.send(call{method: http.MethodPut, path: base + "/Basic/z", token: c.token, body: []byte(basic("z", "again"))})
				switch {
				case ended && a.status != 401:
					t.Errorf("RACE-18 after the revocation a write gets %d", a.status)
					return
				case a.status == 401:
					refused++
				case a.status != 200:
					t.Errorf("RACE-18 %d %.200s", a.status, a.body)
					return
				}
			}
		})
	}
	for range 5 {
		read("z")
	}
	if err := w.stores[home].Spend(t.Context(), token.Access, token.HashOf(c.token)); err != nil && !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	over.Store(true)
	wait.Wait()
}

// TestOneResourceIsLinearizable is RACE-09: readers and writers of one resource see one order. Versions are counted, so that an order
// that explains everything is found by looking: a read shows what its version was written with, and no less than what had been
// answered before it began.
func TestOneResourceIsLinearizable(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { t.Helper(); return storetest.PostgreSQL(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dsn(t), nil)
			who := w.holder(home, "user/Basic.cruds")
			const where = "/apis/" + home + "/fhir/Basic/register"
			w.must(w.send(call{method: http.MethodPut, path: where, token: who, body: []byte(basic("register", "0"))}))
			var latest atomic.Int64 // the highest version that somebody was told of
			var written sync.Map    // version → text
			latest.Store(1)
			written.Store(int64(1), "0")
			told := func(v int64) {
				for old := latest.Load(); v > old; old = latest.Load() {
					if latest.CompareAndSwap(old, v) {
						return
					}
				}
			}
			type seen struct {
				version, least int64
				text           string
			}
			var mu sync.Mutex
			var reads []seen
			var wait sync.WaitGroup
			for i := range 6 {
				wait.Go(func() {
					for n := range 25 {
						text, least := fmt.Sprint(i, "-", n), latest.Load()
						c := call{method: http.MethodGet, path: where, token: who}
						if (i+n)%2 == 0 {
							c.method, c.body = http.MethodPut, []byte(basic("register", text))
						}
						a := w.send(c)
						version, err := strconv.ParseInt(strings.Trim(a.header.Get("ETag"), `W/"`), 10, 64)
						if a.status != 200 || err != nil {
							t.Errorf("%s gets %d %.200s", c.method, a.status, a.body)
							return
						}
						told(version)
						if c.method == http.MethodPut {
							if _, twice := written.LoadOrStore(version, text); twice || version <= least {
								t.Errorf("version %d is written after %d was answered, or twice", version, least)
							}
							continue
						}
						var r struct{ Code struct{ Text string } }
						if err := json.Unmarshal(a.body, &r); err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						reads = append(reads, seen{version, least, r.Code.Text})
						mu.Unlock()
					}
				})
			}
			wait.Wait()
			for _, r := range reads {
				if text, _ := written.Load(r.version); text != r.text || r.version < r.least {
					t.Errorf("a read shows %s in version %d, which was written with %v, when %d had been answered", r.text, r.version, text, r.least)
				}
			}
		})
	}
}

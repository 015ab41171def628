package app

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what operators watch. Labels hold routes and statuses, never paths: a path may name a patient.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

// newMetrics returns the metrics of a process whose log has lost so many lines (nil = it loses none) and of whose sites so many have a
// search index of another release (nil = nobody asks).
func newMetrics(lost func() int64, outdated func() int) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "chartwright_http_request_seconds",
			Help:    "Time from the request's header to the end of its answer, by route and status class.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if lost != nil {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "chartwright_log_lines_lost_total",
			Help: "Lines of the log that were lost because nobody took them.",
		}, func() float64 { return float64(lost()) }))
	}
	if outdated != nil {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chartwright_sites_index_outdated",
			Help: "Sites that another release has indexed and that are to be indexed anew (chartwright reindex).",
		}, func() float64 { return float64(outdated()) }))
	}
	return m
}

// Observer counts requests as a serving process does, for nobody.
func Observer() func(route string, status int, took time.Duration) {
	return newMetrics(nil, nil).observe
}

func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Machine says how fast the machine was: W0. No figure of a run means anything without it.
type Machine struct {
	ScanMicroseconds float64 `json:"scanMicroseconds"` // one pass over 3 KB, byte by byte
	Fsyncs           float64 `json:"fsyncsPerSecond"`  // of 4 KB appended to a file on the disk of the databases
	Pressure         float64 `json:"cpuPressure"`      // percent of the last ten seconds in which somebody waited for a CPU; -1 = not known
}

func measureMachine(dir string, d time.Duration) (Machine, error) {
	m := Machine{ScanMicroseconds: scan(d / 4), Pressure: pressure()}
	var err error
	m.Fsyncs, err = fsyncs(dir, d)
	return m, err
}

// scan returns the median time of one pass.
func scan(d time.Duration) float64 {
	text := []byte(strings.Repeat(`{"code":"8867-4","text":"Heart \"rate\""},`, 80))[:3<<10]
	var times []float64
	quotes := 0
	for end := time.Now().Add(d); time.Now().Before(end); {
		const passes = 20
		start := time.Now()
		for range passes {
			for _, c := range text {
				if c == '"' || c == '\\' {
					quotes++
				}
			}
		}
		times = append(times, time.Since(start).Seconds()*1e6/passes)
	}
	if quotes == 0 { // never; keeps the loop from being removed
		return 0
	}
	slices.Sort(times)
	return quantile(times, 0.5)
}

func fsyncs(dir string, d time.Duration) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 4<<10)
	start, n := time.Now(), 0
	for ; time.Since(start) < d; n++ {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// pressure reads how much of the last ten seconds work waited for a CPU. https://docs.kernel.org/accounting/psi.html
func pressure() float64 {
	data, err := os.ReadFile("/proc/pressure/cpu")
	if err != nil {
		return -1
	}
	_, rest, _ := strings.Cut(string(data), "avg10=")
	text, _, _ := strings.Cut(rest, " ")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return -1
	}
	return v
}

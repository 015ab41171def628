package index

import (
	"strconv"
	"testing"
)

// TestPrecision has the examples of https://hl7.org/fhir/R4/search.html#number.
func TestPrecision(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in            string
		value, lo, hi float64
	}{
		{"100", 100, 99.5, 100.5},
		{"100.00", 100, 99.995, 100.005},
		{"1e2", 100, 95, 105},
		{"-1e2", -100, -105, -95},
		{"1.0e2", 100, 95, 105},
		{"1.00e2", 100, 99.5, 100.5},
		{"12e1", 120, 115, 125},
		{"2.0", 2, 1.95, 2.05},
		{"0.8", 0.8, 0.75, 0.85},
		{"-5", -5, -5.5, -4.5},
		{"0", 0, -0.5, 0.5},
		{"42.36016014046900", 42.360160140469, 42.36016014047, 42.36016014047},
	} {
		if v, lo, hi, ok := Precision(c.in); !ok || v != c.value || lo != c.lo || hi != c.hi {
			t.Errorf("Precision(%s) = %v, %v to %v, %v; want %v, %v to %v", c.in, v, lo, hi, ok, c.value, c.lo, c.hi)
		}
	}
	for _, in := range []string{"", "-", ".", "5.", ".5", "+5", "NaN", "Inf", "0x10", "1_000", "1e", "1e999", "1e99999999999", "1 "} {
		if v, _, _, ok := Precision(in); ok {
			t.Errorf("Precision(%q) = %v, want a refusal", in, v)
		}
	}
}

func TestTidyIsTheNearestDecimal(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0.0045", "5000", "1.95", "0.1", "123456789.0123", "1e-7", "2.5e15", "1e-25", "3e200", "0", "-37.2"} {
		want, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, noise := range []float64{1, 1 + 4e-16, 1 - 4e-16} {
			if got := Tidy(want * noise); got != want {
				t.Errorf("Tidy(%v) = %v, want %s", want*noise, got, s)
			}
		}
	}
}

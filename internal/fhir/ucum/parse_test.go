package ucum

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"chartwright/internal/fhir/fhirtest"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, code string
		value      float64
		want       float64
		canonical  string
	}{
		{"a prefix scales", "mg", 5, 0.005, "g"},
		{"a concentration", "mg/dL", 100, 1000, "g.m-3"},
		{"moles stay moles", "mmol/L", 5, 5, "mol.m-3"},
		{"both signs of a liter are one unit", "l", 1, 0.001, "m3"},
		{"pressure of mercury", "mm[Hg]", 120, 15998640, "g.m-1.s-2"},
		{"a rate with nothing above the line", "/min", 60, 1, "s-1"},
		{"an annotation carries no meaning", "{beats}/min", 60, 1, "s-1"},
		{"a lone annotation is one", "{score}", 7, 7, "1"},
		{"percent", "%", 98, 0.98, "1"},
		{"powers of ten", "10*3/uL", 4, 4e12, "m-3"},
		{"the other sign for powers of ten", "10^3/uL", 4, 4e12, "m-3"},
		{"body mass index", "kg/m2", 25, 25000, "g.m-2"},
		{"Celsius has a zero point of its own", "Cel", 37, 310.15, "K"},
		{"Fahrenheit meets Celsius", "[degF]", 98.6, 310.15, "K"},
		{"inches", "[in_i]", 70, 1.778, "m"},
		{"pounds", "[lb_av]", 1, 453.59237, "g"},
		{"parentheses", "mL/(min.m2)", 1, 1e-6 / 60, "m.s-1"},
		{"division goes from left to right", "mL/min/{1.73_m2}", 60, 1e-6, "m3.s-1"},
		{"arbitrary units compare with themselves", "m[iU]/L", 2, 2, "m-3.[iU]"},
		{"both signs of the international unit", "[IU]", 2, 2, "[iU]"},
		{"time", "h", 2, 7200, "s"},
		{"catalytic activity", "U/L", 60, 60e-6 / 60 * 1000, "mol.m-3.s-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			u, ok := Parse(c.code)
			if !ok {
				t.Fatalf("Parse(%q) fails", c.code)
			}
			if got := u.Base(c.value); math.Abs(got-c.want) > 1e-12*math.Abs(c.want) || u.Canonical != c.canonical {
				t.Errorf("%v %s = %v %s, want %v %s", c.value, c.code, got, u.Canonical, c.want, c.canonical)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"", "bogus", "mg//dL", "mg.", "(mg", "mg)", "{open", "[unknown]", "[iU", "[pH]", "dB", "Cel2", "Cel/s", "g.Cel", "mm[iU].[CFU]",
		"Kg", "m[in_i]", "0", "m-", "10*999", strings.Repeat("(", 50) + "m", strings.Repeat("m.", 80) + "m",
	} {
		if u, ok := Parse(code); ok {
			t.Errorf("Parse(%q) = %+v, want a refusal", code, u)
		}
	}
}

// TestEssence compares every unit that the table knows with the definitions that UCUM publishes.
func TestEssence(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(fhirtest.Folder(t, "ucum"), "ucum-essence.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var essence struct {
		Units []struct {
			Code      string `xml:"Code,attr"`
			Metric    string `xml:"isMetric,attr"`
			Special   string `xml:"isSpecial,attr"`
			Arbitrary string `xml:"isArbitrary,attr"`
			Value     struct {
				Unit  string `xml:"Unit,attr"`
				Value string `xml:"value,attr"`
			} `xml:"value"`
		} `xml:"unit"`
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it says ascii
	if err := dec.Decode(&essence); err != nil {
		t.Fatal(err)
	}
	compared := 0
	var unknown []string
	for _, u := range essence.Units {
		got, ok := Parse(u.Code)
		switch {
		case !ok:
			unknown = append(unknown, u.Code)
			continue
		case u.Code == "mol": // a base unit here; see the package's comment
			continue
		case u.Special == "yes", u.Arbitrary == "yes":
			compared++
			continue
		}
		base, ok := Parse(u.Value.Unit)
		if !ok {
			t.Errorf("%s is defined by %s, which is not known", u.Code, u.Value.Unit)
			continue
		}
		n, err := strconv.ParseFloat(u.Value.Value, 64)
		if err != nil {
			t.Fatal(err)
		}
		if want := n * base.Factor; got.Canonical != base.Canonical || math.Abs(got.Factor-want) > 1e-9*want {
			t.Errorf("%s = %v %s, want %v %s", u.Code, got.Factor, got.Canonical, want, base.Canonical)
		}
		if a, known := atoms[u.Code]; known && a.Metric != (u.Metric == "yes") {
			t.Errorf("%s: metric is %v", u.Code, a.Metric)
		}
		compared++
	}
	t.Logf("not known: %s", strings.Join(unknown, " "))
	if compared != wantCompared {
		t.Errorf("compared %d of %d units, want %d", compared, len(essence.Units), wantCompared)
	}
}

// wantCompared is how many of UCUM's 303 units the table knows; the others are logarithmic, historic or not clinical.
const wantCompared = 171

package index_test

import (
	"math"
	"testing"

	"chartwright/internal/fhir/index"
)

func TestContainedNumber(t *testing.T) {
	t.Parallel()
	for _, number := range []int64{1, 2, 4095, 4096, 1 << 40} {
		least, greatest := index.ContainedRange(number)
		for _, place := range []int{1, 2, index.MaxContained} {
			n := index.ContainedNumber(number, place)
			if n >= 0 || n < least || n > greatest {
				t.Errorf("%d, place %d: %d is not within %d and %d", number, place, n, least, greatest)
			}
			if at, p := index.Container(n); at != number || p != place {
				t.Errorf("%d stands for place %d of %d, want place %d of %d", n, p, at, place, number)
			}
		}
		if _, before := index.ContainedRange(number + 1); before >= least {
			t.Errorf("the numbers within %d and those of the next meet", number)
		}
	}
	if index.ContainedParam(math.MaxInt32) >= 0 {
		t.Error("the number of a parameter on contained resources is negative")
	}
}

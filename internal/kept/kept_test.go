package kept_test

import (
	"strconv"
	"sync"
	"testing"

	"chartwright/internal/kept"
)

func TestValues(t *testing.T) {
	s := kept.New[string, int](1 << 20)
	if _, ok := s.Get("a"); ok {
		t.Error("a value that nobody put")
	}
	s.Put("a", 1, 10)
	s.Put("b", 2, 10)
	s.Put("a", 3, 20)
	for key, want := range map[string]int{"a": 3, "b": 2} {
		if v, ok := s.Get(key); !ok || v != want {
			t.Errorf("%s = %d, %v; want %d", key, v, ok, want)
		}
	}
	s.Put("a", 4, 1<<20)
	if v, ok := s.Get("a"); ok {
		t.Errorf("a value too large to keep left %d", v)
	}
}

func TestBound(t *testing.T) {
	const max = 1 << 20
	s := kept.New[string, int](max)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 5_000 {
				s.Put(strconv.Itoa(worker*5_000+i), i, 1000)
				s.Get(strconv.Itoa(i))
			}
		})
	}
	all.Wait()
	if n := s.Bytes(); n > max || n < max/2 {
		t.Errorf("%d bytes of at most %d", n, max)
	}
}

// What is asked for again and again outlives what was put once.
func TestWhatIsUsedStays(t *testing.T) {
	s := kept.New[string, int](1 << 20)
	s.Put("used", 7, 100)
	for i := range 20_000 {
		s.Put(strconv.Itoa(i), i, 1000)
		if v, ok := s.Get("used"); !ok || v != 7 {
			t.Fatalf("gone after %d others", i)
		}
	}
	if _, ok := s.Get("0"); ok {
		t.Error("the first of 20,000 is still there")
	}
}

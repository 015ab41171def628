package admission

import (
	"os"
	"runtime/debug"
	"sync"
)

// Memory is how many bytes of bodies are held at once. Safe for concurrent use.
type Memory struct {
	most int64

	mu    sync.Mutex
	taken int64
}

// NewMemory returns room for so many bytes.
func NewMemory(bytes int64) *Memory { return &Memory{most: bytes} }

// Take takes room for n bytes more, and reports whether there is any. What would never have room has it alone.
func (m *Memory) Take(n int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.taken > 0 && m.taken+n > m.most {
		return false
	}
	m.taken += n
	return true
}

// Give gives back what was taken.
func (m *Memory) Give(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken -= n
}

const (
	// share is the part of the memory that bodies may have. A Bundle needs up to six times its length until it is stored.
	share = 8
	// least is room for one Bundle of any length and some resources, which everybody has.
	least = 64 << 20
	// held is the part of a container's memory, in percent, beyond which the runtime collects rather than grows: the rest is for what it
	// does not count.
	held = 90
	// unknown is taken for a machine that does not say how much it has.
	unknown = 1 << 30
)

// OfProcess returns the room for bodies that the memory of this process allows: of GOMEMLIMIT, the limit of its container, or the machine.
func OfProcess() *Memory {
	limit := debug.SetMemoryLimit(-1)
	if limit == unlimited {
		if limit = containerLimit(os.DirFS("/")); limit == unlimited {
			limit = machineMemory()
		}
	}
	return NewMemory(max(least, limit/share))
}

// Heed has the runtime respect the memory limit of the container that the process is in, which it knows nothing of, unless GOMEMLIMIT
// says something else. It returns the limit that it set, or 0.
func Heed() int64 {
	if debug.SetMemoryLimit(-1) != unlimited {
		return 0
	}
	limit := containerLimit(os.DirFS("/"))
	if limit == unlimited {
		return 0
	}
	limit = limit / 100 * held
	debug.SetMemoryLimit(limit)
	return limit
}

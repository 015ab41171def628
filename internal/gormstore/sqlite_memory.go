package gormstore

import (
	"modernc.org/libc"
	"modernc.org/libc/sys/types"
)

// slabs keep memory of SQLite's allocator from going back to the system and coming from it all the time. It takes slabs of 64 KiB
// for blocks of each size and returns one as soon as nothing lies in it: whoever needs one block for a moment, as each split of a
// page does, pays for a mapping, for the faults of its pages and for their removal. A block that stays holds a slab of its size.
type slabs struct {
	tls    *libc.TLS
	blocks []uintptr
}

const (
	leastBlock = 16
	mostBlock  = 1 << 14 // what is larger has a mapping of its own
)

func holdSlabs() *slabs {
	s := &slabs{tls: libc.NewTLS()}
	for size := types.Size_t(leastBlock); size <= mostBlock; size *= 2 {
		s.blocks = append(s.blocks, libc.Xmalloc(s.tls, size))
	}
	return s
}

func (s *slabs) release() {
	for _, block := range s.blocks {
		libc.Xfree(s.tls, block)
	}
	s.tls.Close()
}

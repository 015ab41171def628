package fhir

import "unsafe"

// slab is a block of zero values of one type from which the decoder takes one after the other. Blocks grow with their use, so
// that a Bundle of a thousand Codings costs a dozen allocations and a lone one costs one. What a decoder leaves over, it uses
// for the next resource: resources that were decoded one after the other can share blocks, and a block lives as long as any
// of them.
type slab struct {
	next unsafe.Pointer // the first free value
	left int            // free values
	size int            // of the last block
}

// The most values and bytes of a block.
const (
	maxSlab      = 64
	maxSlabBytes = 8 << 10
)

// refill allocates a block of at least n values.
func (s *slab) refill(t *Type, n int) {
	size := min(2*s.size, maxSlab, int(maxSlabBytes/t.Size))
	s.size = max(size, n, 1)
	s.next, s.left = t.plan.make(s.size), s.size
}

// one returns the address of a new zero value.
func (s *slab) one(t *Type) unsafe.Pointer {
	if s.left == 0 {
		s.refill(t, 1)
	}
	p := s.next
	s.take(t, 1)
	return p
}

func (s *slab) take(t *Type, n int) {
	if s.left -= n; s.left == 0 {
		s.next = nil // a pointer behind a block would keep the next one alive
		return
	}
	s.next = unsafe.Add(s.next, uintptr(n)*t.Size)
}

// grow adds a zero value to the slice at address at and returns the value's address. The slice grows in place if nothing was
// taken from the block since; otherwise it moves to twice the room.
func (s *slab) grow(t *Type, at unsafe.Pointer) unsafe.Pointer {
	list := (*slice)(at)
	if list.len < list.cap {
		list.len++
		return unsafe.Add(list.data, uintptr(list.len-1)*t.Size)
	}
	if list.len == 0 {
		p := s.one(t)
		list.data, list.len, list.cap = p, 1, 1
		return p
	}
	if s.left > 0 && uintptr(list.data)+uintptr(list.cap)*t.Size == uintptr(s.next) {
		p := s.next
		s.take(t, 1)
		list.len++
		list.cap++
		return p
	}
	room := 2 * list.len
	if s.left < room {
		s.refill(t, room)
	}
	to := s.next
	s.take(t, room)
	t.plan.move(to, list.data, list.len)
	list.data, list.cap = to, room
	list.len++
	return unsafe.Add(to, uintptr(list.len-1)*t.Size)
}

package roundtrip

// Waiting is how many questions no statement has taken up yet.
func (s *Shared[Q]) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

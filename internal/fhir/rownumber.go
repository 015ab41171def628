package fhir

// RowNumber is the stable number under which the store keeps the index rows of a search parameter: the lower 31 bits of
// FNV-1a over "base.code". The generator and the search engine share it; the generator proves that no two numbers of standard
// parameters meet.
func RowNumber(base, code string) int32 {
	const offset, prime = 2166136261, 16777619
	h := uint32(offset)
	for i := range len(base) {
		h = (h ^ uint32(base[i])) * prime
	}
	h = (h ^ '.') * prime
	for i := range len(code) {
		h = (h ^ uint32(code[i])) * prime
	}
	return int32(h & 0x7fffffff) // 31 bits always fit
}

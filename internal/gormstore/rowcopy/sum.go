package rowcopy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
)

// Sum tells one set of rows from another, whatever their order and whichever database they lie in: the number of rows and the
// sum, modulo 2^128, of a digest of each.
type Sum struct {
	Rows   int64
	hi, lo uint64
}

// Add takes a row in. Its values are what database/sql scans into an any: nil, int64, float64, string or []byte.
func (s *Sum) Add(row []any) {
	s.Rows++
	d := digest(row)
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, binary.BigEndian.Uint64(d[8:16]), 0)
	s.hi, _ = bits.Add64(s.hi, binary.BigEndian.Uint64(d[:8]), carry)
}

func digest(row []any) [sha256.Size]byte {
	const most = 1 << 10 // rows of the index are short; only bodies are hashed from the heap
	b := make([]byte, 0, most)
	for _, value := range row {
		switch v := value.(type) {
		case nil:
			b = append(b, 'n')
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, 'f'), math.Float64bits(v))
		case string:
			b = append(binary.BigEndian.AppendUint64(append(b, 't'), uint64(len(v))), v...)
		case []byte:
			b = append(binary.BigEndian.AppendUint64(append(b, 'b'), uint64(len(v))), v...)
		default:
			b = fmt.Appendf(b, "%T %v", v, v)
		}
	}
	return sha256.Sum256(b)
}

// MarshalText writes the sum as rows:digest, both of which a person can compare.
func (s Sum) MarshalText() ([]byte, error) {
	var d [16]byte
	binary.BigEndian.PutUint64(d[:8], s.hi)
	binary.BigEndian.PutUint64(d[8:], s.lo)
	return fmt.Appendf(nil, "%d:%x", s.Rows, d), nil
}

// UnmarshalText reads what [Sum.MarshalText] writes.
func (s *Sum) UnmarshalText(text []byte) error {
	var digits string
	if _, err := fmt.Sscanf(string(text), "%d:%s", &s.Rows, &digits); err != nil {
		return fmt.Errorf("want rows:digest, not %q", text)
	}
	d, err := hex.DecodeString(digits)
	if err != nil || len(d) != 16 {
		return fmt.Errorf("want a digest of 32 hexadecimal digits, not %q", digits)
	}
	s.hi, s.lo = binary.BigEndian.Uint64(d[:8]), binary.BigEndian.Uint64(d[8:])
	return nil
}

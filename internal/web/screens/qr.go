package screens

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// qrCode is a QR code as a drawing of unit squares, so that a page can carry it itself: the policy of the pages lets no image in.
type qrCode struct {
	Side int    // with the quiet zone
	Path string // SVG path data of the dark squares
}

// quiet is the empty border that readers need, in squares. ISO/IEC 18004 §6.3.8
const quiet = 4

// newQR draws text; nil if it is too long for a QR code.
func newQR(text string) *qrCode {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, n, n)
			}
		}
	}
	return &qrCode{Side: code.Size + 2*quiet, Path: path.String()}
}

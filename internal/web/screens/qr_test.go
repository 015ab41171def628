package screens

import (
	"strings"
	"testing"
)

func TestQRCode(t *testing.T) {
	t.Parallel()
	text := "otpauth://totp/Chartwright%20default:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Chartwright%20default"
	code := newQR(text)
	if code == nil || code.Side < 21+2*quiet {
		t.Fatalf("%+v", code)
	}
	// The finder pattern in the corner: a bar of seven, inside the quiet zone.
	if !strings.HasPrefix(code.Path, "M4 4h7v1h-7z") {
		t.Errorf("the code begins with %.40q", code.Path)
	}
	if strings.Trim(code.Path, "Mhvz- 0123456789") != "" {
		t.Errorf("the path has more than moves and lines: %.80q", code.Path)
	}
	if newQR(text) == nil || newQR(strings.Repeat("x", 4000)) != nil {
		t.Error("a text that is too long has a code")
	}
}

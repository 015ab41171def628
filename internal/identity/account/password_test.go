package account

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/fault"
)

func TestHasher(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := NewHasher(Recommended())
	long := strings.Repeat("ä", 500)
	for _, password := range []string{"correct horse", " space around ", long} {
		a, err := h.Hash(ctx, password)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := h.Hash(ctx, password)
		if a == b || !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(a, password) {
			t.Errorf("hash is %s", a)
		}
		for try, want := range map[string]bool{password: true, strings.TrimSpace(password): strings.TrimSpace(password) == password, password + "x": false, "": false} {
			if got, err := h.Compare(ctx, a, try); err != nil || got != want {
				t.Errorf("Compare(%q) = %v, %v", try, got, err)
			}
		}
	}
	if ok, err := h.Compare(ctx, "", ""); ok || err != nil {
		t.Error("an account without a password lets somebody in")
	}
	if ok, err := h.Compare(ctx, "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA", "x"); ok || err == nil {
		t.Error("a hash with other parameters is used")
	}
	// SES-14: a megabyte costs no more than a word.
	await.Fast(t, "a megabyte", 2*time.Second, func() {
		if ok, _ := h.Compare(ctx, "", strings.Repeat("x", 1<<20)); ok {
			t.Error("a megabyte lets somebody in")
		}
	})
	stopped, stop := context.WithCancel(ctx)
	stop()
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	if _, err := h.Compare(stopped, "", "x"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("waiting for a slot after the client has left: %v", err)
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		"a good long one": true, "pässwörter": true, strings.Repeat("xy", 512): true, "short": false, "Password123": false, "aaaaaaaaaa": false,
		"somebody": false, "SOMEBODY": false, "with\x00null": false, strings.Repeat("xy", 513): false, "chartwright": false,
	} {
		if err := CheckPassword("somebody", password); (err == nil) != ok {
			t.Errorf("CheckPassword(%.20q) = %v", password, err)
		}
	}
}

// TestTOTP uses the secret and the times of RFC 6238 appendix B, with the last six of their eight digits.
func TestTOTP(t *testing.T) {
	t.Parallel()
	secret, _ := hex.DecodeString("3132333435363738393031323334353637383930")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := Code(secret, time.Unix(at, 0)); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"slices"
	"strings"
)

// RecoveryCodes is how many recovery codes an account gets. Each is good once instead of a one-time code, for whoever has lost the
// authenticator app.
const RecoveryCodes = 10

// recoveryBytes makes 80 random bits of a code: too many to try, so a plain hash keeps it.
const recoveryBytes = 10

// NewRecovery returns new recovery codes of an account, to be shown once, and the hashes that are kept.
func NewRecovery(accountID string) (codes, hashes []string) {
	for range RecoveryCodes {
		var b [recoveryBytes]byte
		_, _ = rand.Read(b[:])
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		codes = append(codes, text[0:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:16])
		hashes = append(hashes, recoveryHash(accountID, text))
	}
	return codes, hashes
}

// recoveryHash returns the hash of a code of one account. Case, spaces and hyphens do not count.
func recoveryHash(accountID, code string) string {
	code = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	sum := sha256.Sum256([]byte("recovery\x00" + accountID + "\x00" + code))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// VerifyRecovery checks a recovery code of a and uses it up. Wrong ones are counted like wrong passwords, together with wrong one-time
// codes. Errors: Unauthenticated, Throttled.
func (v *Verifier) VerifyRecovery(ctx context.Context, a *Account, code, source string) error {
	hash := recoveryHash(a.ID, code)
	return v.spend(ctx, a, source, slices.Contains(a.Recovery, hash), func(stored *Account) bool {
		i := slices.Index(stored.Recovery, hash)
		if i < 0 {
			return false
		}
		stored.Recovery = slices.Delete(stored.Recovery, i, i+1)
		return true
	})
}

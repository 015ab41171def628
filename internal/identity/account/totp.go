package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238's default, the one that every authenticator app knows
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"chartwright/internal/fault"
)

// TOTPPurpose is the purpose under which the secrets of second factors are sealed.
const TOTPPurpose = "totp"

// Parameters of one-time codes: RFC 6238's defaults.
const (
	totpStep   = 30 // seconds
	totpDigits = 1_000_000
	totpDrift  = 1 // steps that a clock may be off
)

// NewTOTP returns a new secret.
func NewTOTP() []byte {
	secret := make([]byte, 20)
	_, _ = rand.Read(secret)
	return secret
}

// Secret returns the secret that [Text] wrote, nil if the text is none.
func Secret(text string) []byte {
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		return nil
	}
	return secret
}

// totp returns the code of a time step. RFC 6238 §4.2, RFC 4226 §5.3.
func totp(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	m := hmac.New(sha1.New, secret)
	m.Write(counter[:])
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%totpDigits)
}

// Code returns the one-time code of an instant.
func Code(secret []byte, at time.Time) string { return totp(secret, at.Unix()/totpStep) }

// Text returns a secret as people type it into an authenticator app.
func Text(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// URI returns the address that authenticator apps read from a QR code.
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format
func URI(secret []byte, issuer, login string) string {
	q := "secret=" + Text(secret) + "&issuer=" + url.QueryEscape(issuer)
	// Some apps show a plus sign where a query has one for a space.
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + strings.ReplaceAll(q, "+", "%20")
}

// VerifyCode checks a one-time code of a. Each code is good once; wrong ones are counted like wrong passwords.
//
// Errors: Unauthenticated, Throttled.
func (v *Verifier) VerifyCode(ctx context.Context, a *Account, secret []byte, code, source string) error {
	var used int64
	current := v.Now().Unix() / totpStep
	code = strings.ReplaceAll(code, " ", "") // apps show 123 456
	for step := current - totpDrift; step <= current+totpDrift; step++ {
		if subtle.ConstantTimeCompare([]byte(totp(secret, step)), []byte(code)) == 1 {
			used = step
		}
	}
	return v.spend(ctx, a, source, used > 0, func(stored *Account) bool {
		if stored.TOTPStep >= used {
			return false
		}
		stored.TOTPStep = used
		return true
	})
}

// errCode is the one answer to wrong codes of any sort.
var errCode = fault.New(fault.Unauthenticated, "account.code", "The code is not right, or was used before.")

// spend uses up a code of a that looks right, if take finds it unused in the account as it is stored. What is wrong counts like a wrong
// password. Errors: Unauthenticated, Throttled.
func (v *Verifier) spend(ctx context.Context, a *Account, source string, right bool, take func(stored *Account) bool) error {
	now := v.Now()
	keys := v.keys(Credentials{Kind: codes, Login: a.ID, Source: source})
	if err := v.wait(ctx, keys, now); err != nil {
		return err
	}
	if right {
		err := v.Store.ChangeAccount(ctx, a.ID, func(stored *Account) error {
			if !take(stored) {
				return errCode
			}
			return nil
		})
		if err == nil {
			return v.Store.ClearFailures(ctx, keys[0])
		}
		if !fault.Is(err, fault.Unauthenticated) {
			return err
		}
	}
	if err := v.Store.CountFailure(ctx, keys, now, now.Add(-attemptWindow)); err != nil {
		return err
	}
	return errCode
}

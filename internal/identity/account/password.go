package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"chartwright/internal/fault"
)

// Sizes of a password hash.
const (
	hashLanes = 1
	hashBytes = 32
	saltBytes = 16
)

// Cost is what it takes to make one hash, and so to guess one password.
type Cost struct {
	Memory uint32 // KiB
	Passes uint32
}

// Recommended is the second of OWASP's settings for argon2id, about 30 ms: the only cost that the program hashes with.
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
func Recommended() Cost { return Cost{Memory: 19 << 10, Passes: 2} }

// Limits of a password.
const (
	minPassword      = 8
	maxPasswordBytes = 1024
)

// Hasher hashes and compares passwords with argon2id. It runs only as many at once as there are processors, so that a storm of
// logins costs neither the memory nor the processors that the record needs.
type Hasher struct {
	cost    Cost
	slots   chan struct{}
	waiting atomic.Int64
	decoy   string // compared with when there is no account, so that its absence takes no less time
}

// NewHasher returns a hasher. Hashes that were made at another cost are damaged in its eyes.
func NewHasher(cost Cost) *Hasher {
	h := &Hasher{cost: cost, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))}
	h.decoy = cost.encode(make([]byte, saltBytes), make([]byte, hashBytes))
	return h
}

// Hash returns the encoded hash of a password under a new salt.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt)
	return h.cost.encode(salt, h.cost.derive(password, salt)), nil
}

// Compare reports whether the password has this hash. An empty hash takes the same time and is never right.
func (h *Hasher) Compare(ctx context.Context, encoded, password string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	known := encoded != ""
	if !known {
		encoded = h.decoy
	}
	salt, want, ok := h.cost.decode(encoded)
	if !ok {
		return false, fault.New(fault.Internal, "account.password", "a stored password hash is damaged")
	}
	if len(password) > maxPasswordBytes {
		known, password = false, ""
	}
	return subtle.ConstantTimeCompare(h.cost.derive(password, salt), want) == 1 && known, nil
}

// queued is how many wait for each slot: a second or so.
const queued = 32

// enter takes a slot. Errors: Throttled if too many wait for one; Unavailable when ctx ends.
func (h *Hasher) enter(ctx context.Context) error {
	if h.waiting.Add(1) > int64((queued+1)*cap(h.slots)) {
		h.waiting.Add(-1)
		return fault.New(fault.Throttled, "account.password", "Too many people sign in at this moment. Wait a little and try again.")
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "account.password", ctx.Err())
	}
}

func (h *Hasher) leave() { <-h.slots }

func (c Cost) derive(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, hashLanes, hashBytes)
}

// prefix begins the PHC string that other implementations of argon2 read as well; only the exact prefix is accepted back.
func (c Cost) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, c.Memory, c.Passes, hashLanes)
}

func (c Cost) encode(salt, hash []byte) string {
	return c.prefix() + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(hash)
}

func (c Cost) decode(s string) (salt, hash []byte, ok bool) {
	s, ok = strings.CutPrefix(s, c.prefix())
	if !ok {
		return nil, nil, false
	}
	a, b, _ := strings.Cut(s, "$")
	salt, err1 := base64.RawStdEncoding.DecodeString(a)
	hash, err2 := base64.RawStdEncoding.DecodeString(b)
	return salt, hash, err1 == nil && err2 == nil && len(hash) == hashBytes
}

// common are the passwords that every guesser begins with, as far as they are long enough to be accepted at all.
var common = map[string]bool{
	"password": true, "password1": true, "password123": true, "passw0rd": true, "12345678": true, "123456789": true, "1234567890": true,
	"qwertyuiop": true, "qwerty123": true, "iloveyou": true, "sunshine": true, "princess": true, "football": true, "baseball": true,
	"welcome1": true, "welcome123": true, "changeme": true, "letmein1": true, "trustno1": true, "superman": true, "whatever": true,
	"computer": true, "internet": true, "11111111": true, "00000000": true, "88888888": true, "87654321": true, "abcd1234": true,
	"1q2w3e4r": true, "1qaz2wsx": true, "asdfghjkl": true, "administrator": true, "admin123": true, "openemr1": true, "chartwright": true,
	"hospital": true, "medicine": true, "patient1": true, "physician": true, "clinician": true, "receptionist": true, "accountant": true,
}

// CheckPassword returns an Invalid error when a new password is too short, too long, or easy to guess.
// https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver
func CheckPassword(login, password string) error {
	lower := strings.ToLower(password)
	switch {
	case len([]rune(password)) < minPassword:
		return fault.New(fault.Invalid, "account.password", "a password has at least %d characters", minPassword)
	case len(password) > maxPasswordBytes:
		return fault.New(fault.Invalid, "account.password", "a password has at most %d bytes", maxPasswordBytes)
	case strings.ContainsRune(password, 0):
		return fault.New(fault.Invalid, "account.password", "a password holds no NUL")
	case common[lower] || strings.EqualFold(password, login) || strings.Trim(password, password[:1]) == "":
		return fault.New(fault.Invalid, "account.password", "this password is among the first that anybody would guess")
	}
	return nil
}

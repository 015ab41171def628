// Package key owns the signing keys of a site: how they are made, sealed at rest, rotated, published and used.
//
// Every site has keys of its own, in its own database, so that all replicas share them. Private keys are sealed with
// AES-256-GCM under a key derived from the server's master key, which comes from the environment or from a file that only the
// server may read.
package key

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"chartwright/internal/fault"
)

// Master is the key under which every secret of the server is sealed. It does not print itself.
type Master struct{ secret [32]byte }

// String hides the key.
func (Master) String() string { return "***" }

// GoString hides the key.
func (Master) GoString() string { return "key.Master(***)" }

// ParseMaster reads a master key of 256 bits in hexadecimal or base64. Errors: Invalid.
func ParseMaster(text string) (Master, error) {
	text = strings.TrimSpace(text)
	var m Master
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString, base64.URLEncoding.DecodeString,
		base64.RawURLEncoding.DecodeString,
	} {
		if b, err := decode(text); err == nil && len(b) == len(m.secret) {
			return Master{[32]byte(b)}, nil
		}
	}
	return m, fault.New(fault.Invalid, "key.master", "the master key must be 32 bytes in hexadecimal or base64")
}

// MasterFromFile reads the master key from a file and makes one on the first start. The file is for the owner alone; one that
// others may read is refused. Losing it loses the signing keys: a backup of the database needs it.
func MasterFromFile(path string) (Master, error) {
	if m, err := readMaster(path); !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	var m Master
	_, _ = rand.Read(m.secret[:])
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return m, fault.Wrap(fault.Unavailable, "key.master", err)
	}
	// Written beside and linked into place: another process that starts at the same moment sees a whole file or none, and the
	// second one to arrive takes the first one's key.
	beside, err := os.CreateTemp(filepath.Dir(path), ".master-*")
	if err != nil {
		return m, fault.Wrap(fault.Unavailable, "key.master", err)
	}
	defer func() { _ = os.Remove(beside.Name()) }()
	_, err = beside.WriteString(hex.EncodeToString(m.secret[:]) + "\n")
	if err = errors.Join(err, beside.Sync(), beside.Close()); err != nil {
		return m, fault.Wrap(fault.Unavailable, "key.master", err)
	}
	if err := os.Link(beside.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return m, fault.Wrap(fault.Unavailable, "key.master", err)
	}
	return readMaster(path)
}

func readMaster(path string) (Master, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Master{}, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Master{}, fault.New(fault.Invalid, "key.master", "%s can be read by others; run chmod 600 on it", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Master{}, fault.Wrap(fault.Unavailable, "key.master", err)
	}
	return ParseMaster(string(text))
}

// aead returns the cipher for one purpose in one site, so that a sealed value of one is nothing in another.
func (m Master) aead(site, purpose string) cipher.AEAD {
	sub, err := hkdf.Key(sha256.New, m.secret[:], nil, "chartwright/"+site+"/"+purpose, 32)
	if err != nil {
		panic("key: " + err.Error()) // 32 bytes are within HKDF's limit
	}
	block, err := aes.NewCipher(sub)
	if err != nil {
		panic("key: " + err.Error()) // 32 bytes are an AES-256 key
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic("key: " + err.Error()) // AES has blocks of 16 bytes
	}
	return gcm
}

// Seal encrypts plain for a purpose in a site, bound to name: it opens under the same four alone.
func (m Master) Seal(site, purpose, name string, plain []byte) []byte {
	gcm := m.aead(site, purpose)
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(plain)+gcm.Overhead())
	_, _ = rand.Read(nonce)
	return gcm.Seal(nonce, nonce, plain, []byte(name))
}

// Open decrypts what Seal made. It fails when the master key is another one or the value was changed.
func (m Master) Open(site, purpose, name string, sealed []byte) ([]byte, error) {
	gcm := m.aead(site, purpose)
	if len(sealed) < gcm.NonceSize() {
		return nil, fault.New(fault.Internal, "key.open", "a sealed value is too short")
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], []byte(name))
	if err != nil {
		return nil, fault.New(fault.Internal, "key.open", "a sealed value of site %s does not open: is this the server's master key?", site)
	}
	return plain, nil
}

// Derive returns 32 bytes for a purpose of the whole server, such as sealing page links: the same on every replica that has
// the same master key, and of no use to find it.
func (m Master) Derive(purpose string) []byte {
	sub, err := hkdf.Key(sha256.New, m.secret[:], nil, "chartwright//"+purpose, 32)
	if err != nil {
		panic("key: " + err.Error()) // 32 bytes are within HKDF's limit
	}
	return sub
}

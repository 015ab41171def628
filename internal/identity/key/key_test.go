package key_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"chartwright/internal/fault"
	"chartwright/internal/identity/key"
)

func TestMasterFromFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys", "master.key")
	// All processes that start at once end with the same key.
	made := make([]key.Master, 8)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			var err error
			if made[i], err = key.MasterFromFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, m := range made[1:] {
		if m != made[0] {
			t.Fatal("two processes have different keys")
		}
	}
	if text := fmt.Sprintf("%v %+v %#v %s", made[0], made[0], made[0], made[0]); strings.Trim(text, "*key.Mastr() ") != "" {
		t.Errorf("the key prints as %s", text)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := key.MasterFromFile(path); !fault.Is(err, fault.Invalid) {
		t.Errorf("a key that others may read: %v", err)
	}
}

func TestParseMaster(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		strings.Repeat("0f", 32): true, strings.Repeat("A", 43) + "=": true, strings.Repeat("A", 43): true, "": false, "short": false,
		strings.Repeat("0f", 31): false, strings.Repeat("x!", 32): false,
	} {
		if _, err := key.ParseMaster(text); (err == nil) != ok {
			t.Errorf("ParseMaster(%q) = %v", text, err)
		}
	}
}

func TestSealIsBoundToItsPlace(t *testing.T) {
	t.Parallel()
	m, err := key.ParseMaster(strings.Repeat("0f", 32))
	if err != nil {
		t.Fatal(err)
	}
	other, _ := key.ParseMaster(strings.Repeat("0e", 32))
	sealed := m.Seal("default", "purpose", "name", []byte("secret"))
	if bytes.Contains(sealed, []byte("secret")) {
		t.Error("the secret can be read")
	}
	if plain, err := m.Open("default", "purpose", "name", sealed); err != nil || string(plain) != "secret" {
		t.Errorf("%q, %v", plain, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another site":    func() ([]byte, error) { return m.Open("other", "purpose", "name", sealed) },
		"another purpose": func() ([]byte, error) { return m.Open("default", "else", "name", sealed) },
		"another name":    func() ([]byte, error) { return m.Open("default", "purpose", "else", sealed) },
		"another key":     func() ([]byte, error) { return other.Open("default", "purpose", "name", sealed) },
		"changed":         func() ([]byte, error) { return m.Open("default", "purpose", "name", changed) },
		"cut":             func() ([]byte, error) { return m.Open("default", "purpose", "name", sealed[:5]) },
	} {
		if plain, err := open(); err == nil {
			t.Errorf("%s opens it: %q", name, plain)
		}
	}
}

package app

import (
	"strings"
	"testing"

	"chartwright/internal/identity/account"
)

// The program stores every password at the cost that is recommended, whoever sets it.
func TestPasswordsCostWhatIsRecommended(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := started(t)
	users, err := a.Admin.Users(ctx, DefaultSite)
	if err != nil || len(users) == 0 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	for _, u := range users {
		if !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("the password of %s is stored as %.40s", u.Login, u.PasswordHash)
		}
		// Who compares at another cost takes the hash for damaged.
		if _, err := account.NewHasher(account.Cost{Memory: 8, Passes: 1}).Compare(ctx, u.PasswordHash, "x"); err == nil {
			t.Error("a hasher of another cost takes the hash")
		}
	}
}

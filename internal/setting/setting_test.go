package setting

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"chartwright/internal/fault"
)

func TestContractNames(t *testing.T) {
	t.Parallel()
	want := []string{
		"api_fhir", "api_portal", "api_standard", "api_system_scopes", "app_approval", "audit_reads", "closed", "conditional_delete", "emergency_use", "fhir_aliases", "if_match", "password_grant",
		"provenance", "public_offline", "rate_limit", "registration", "search_handling", "second_factor", "stop_tokens", "stop_writes", "update_as_create", "validation", "wildcard_scopes", "write_quota",
	}
	var got []string
	for _, d := range All() {
		got = append(got, d.Name)
		if d.Help == "" {
			t.Errorf("%s has no help text", d.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("settings are %v, want %v", got, want)
	}
}

func TestDefaultsAreClosed(t *testing.T) {
	t.Parallel()
	v := Defaults()
	if v.APIFHIR || v.APIPortal || v.APIStandard || v.APISystemScopes || v.WildcardScopes {
		t.Errorf("an API is on by default: %+v", v)
	}
	if v.PasswordGrant != Off || v.SearchHandling != Strict || v.AppApproval != Auto || v.Registration != Open {
		t.Errorf("defaults are %+v", v)
	}
}

func TestRequestsPerSecond(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{Defaults().RateLimit: 50_000, "10": 10, Off: 0} {
		if got := (&Values{RateLimit: text}).RequestsPerSecond(); got != want {
			t.Errorf("rate_limit %s is %d a second, want %d", text, got, want)
		}
	}
}

func TestEveryEmergencyEnds(t *testing.T) {
	t.Parallel()
	for _, value := range find("emergency_use").Allowed {
		if d := (&Values{EmergencyUse: value}).EmergencyLife(); d <= 0 || d > 12*time.Hour {
			t.Errorf("emergency_use %s is %v", value, d)
		}
	}
	if d := (&Values{EmergencyUse: "always"}).EmergencyLife(); d != 0 {
		t.Errorf("an unknown value gives %v", d)
	}
}

func TestWriteQuotaBytes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{Defaults().WriteQuota: 0, "10MB": 10_000_000, "1GB": 1_000_000_000} {
		if got := (&Values{WriteQuota: text}).WriteQuotaBytes(); got != want {
			t.Errorf("write_quota %s is %d bytes, want %d", text, got, want)
		}
	}
}

func TestStops(t *testing.T) {
	t.Parallel()
	v := Defaults()
	if v.MayIssue() != nil || v.MayWrite() != nil || len(v.Stopped()) != 0 {
		t.Errorf("a new site is stopped: %v", v.Stopped())
	}
	v.StopTokens = true
	if !fault.Is(v.MayIssue(), fault.Unavailable) || v.MayWrite() != nil || !slices.Equal(v.Stopped(), []string{StopTokens}) {
		t.Errorf("stop_tokens stops %v", v.Stopped())
	}
	v = Defaults()
	v.StopWrites = true
	if v.MayIssue() != nil || !fault.Is(v.MayWrite(), fault.Unavailable) || !slices.Equal(v.Stopped(), []string{StopWrites}) {
		t.Errorf("stop_writes stops %v", v.Stopped())
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		setting, value string
		ok             bool
	}{
		"a switch":             {"wildcard_scopes", "on", true},
		"a word":               {"password_grant", "patient", true},
		"a switch is not true": {"wildcard_scopes", "true", false},
		"unknown word":         {"password_grant", "all", false},
		"unknown setting":      {"wildcards", "on", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Check(tc.setting, tc.value)
			if (err == nil) != tc.ok || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("Check(%q, %q) = %v", tc.setting, tc.value, err)
			}
		})
	}
}

type memory struct {
	set   map[string]string
	epoch uint64
	reads int
}

func (m *memory) Settings(context.Context) (map[string]string, error) {
	m.reads++
	return maps.Clone(m.set), nil
}

func (m *memory) PutSetting(_ context.Context, name, value string) error {
	m.set[name] = value
	m.epoch++
	return nil
}

func (m *memory) Epoch() uint64 { return m.epoch }

func TestServiceCachesUntilTheEpochMoves(t *testing.T) {
	t.Parallel()
	m := &memory{set: map[string]string{"api_fhir": "on", "from_a_newer_version": "x"}}
	s := New(func(context.Context, string) (Store, error) { return m, nil })
	ctx := context.Background()
	for range 3 {
		if v, err := s.Settings(ctx, "default"); err != nil || !v.APIFHIR || v.APIPortal {
			t.Fatalf("settings = %+v, %v", v, err)
		}
	}
	if m.reads != 1 {
		t.Errorf("%d reads for three questions, want 1", m.reads)
	}
	if err := Put(ctx, m, "api_portal", "on"); err != nil {
		t.Fatal(err)
	}
	v, err := s.Settings(ctx, "default")
	if err != nil || !v.APIPortal {
		t.Errorf("after Put: %+v, %v", v, err)
	}
	for _, d := range All() {
		if got, ok := v.Of(d.Name); !ok || !slices.Contains(d.Allowed, got) {
			t.Errorf("Of(%s) = %q, %v", d.Name, got, ok)
		}
	}
}

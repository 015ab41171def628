package app

import (
	"bytes"
	"context"

	"chartwright/gen/r4"
	"chartwright/internal/care/standard"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
)

// wishes tells the authorization server what a patient's record says about access by apps.
type wishes struct{ app *App }

var _ identity.Wishes = (*wishes)(nil)

// AppsAllowed implements identity.Wishes. Nobody sees what is read here, so there is no audit record of it.
func (w *wishes) AppsAllowed(ctx context.Context, site, patient string) (bool, error) {
	s, err := w.app.Sites.Open(ctx, site)
	if err != nil {
		return false, err
	}
	v, err := s.Read(ctx, chart.Key{Type: "Patient", ID: patient})
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) || err == nil && v.Deleted() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return appsAllowed(v)
}

// mark is in every body that says anything about access by apps: most say nothing and need no decoding.
var marks = [][]byte{[]byte("prevent_portal_apps"), []byte("allow_patient_portal")}

func appsAllowed(v *chart.Version) (bool, error) {
	if !bytes.Contains(v.Body, marks[0]) && !bytes.Contains(v.Body, marks[1]) {
		return true, nil
	}
	r, err := r4.Unmarshal(v.Body)
	if err != nil {
		return false, fault.Wrap(fault.Internal, "app.wishes", err)
	}
	p, ok := r.(*r4.Patient)
	return ok && standard.AppsAllowed(p), nil
}

// written carries out what patients want with this transaction: those who have opted out lose what apps were given, those who have opted in
// again may sign in at once. Where ending fails, the check of each call makes up for it, which looks at the record at least every few
// seconds.
func (a *App) written(ctx context.Context, site string, versions []*chart.Version) {
	ctx = context.WithoutCancel(ctx)
	for _, v := range versions {
		if v.Type != "Patient" || v.Deleted() {
			continue
		}
		allowed, err := appsAllowed(v)
		switch {
		case err != nil:
		case !allowed:
			err = a.Admin.EndPatient(ctx, site, v.ID)
		default:
			err = a.optedIn(ctx, site, v)
		}
		if err != nil {
			a.log.Error("a patient's wish about apps", "site", site, "id", v.ID, "error", err)
		}
	}
}

// optedIn lets a patient in whom the version before kept out.
func (a *App) optedIn(ctx context.Context, site string, v *chart.Version) error {
	if v.VID <= 1 {
		return nil
	}
	s, err := a.Sites.Open(ctx, site)
	if err != nil {
		return err
	}
	before, err := s.ReadVersion(ctx, v.Key, v.VID-1)
	if fault.Is(err, fault.NotFound) { // history was removed
		return nil
	}
	if err != nil {
		return err
	}
	out := before.Deleted()
	if !out {
		allowed, err := appsAllowed(before)
		if err != nil {
			return err
		}
		out = !allowed
	}
	if !out {
		return nil
	}
	return a.Admin.LetPatientIn(ctx, site, v.ID)
}

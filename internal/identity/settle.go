package identity

import (
	"context"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// settle looks the context of a ticket up once somebody has signed in, and supplies what is missing.
//
// What an app that was not launched asks for comes first from what the person has open in this browser's EHR session, then from
// the defaults of the account; what neither has, the person picks. Smile CDR names the two launchResourceIds and
// defaultLaunchContexts. Whatever a person may not see supplies nothing. Another person who signs in over the same ticket starts
// without the picks of the first.
func (f *flow) settle() error {
	t := f.ticket
	if t.Settled == f.account.ID {
		return nil
	}
	if t.Settled != "" {
		t.Without, t.Picking, t.Assumed = nil, "", false
		if !t.Context.EHR {
			t.Context = token.Context{}
		}
	}
	ctx := f.r.Context()
	if t.Purpose != session.Authorize {
		if err := f.settleErrand(ctx); err != nil {
			return err
		}
	} else if !t.Context.EHR {
		if err := f.supply(ctx, f.session.Context); err != nil {
			return err
		}
		if err := f.supply(ctx, f.account.Launch); err != nil {
			return err
		}
	}
	t.Settled = f.account.ID
	return f.keep()
}

// supply fills in what the app asks for and the context lacks.
func (f *flow) supply(ctx context.Context, from token.Context) error {
	t := f.ticket
	wanted := token.Context{}
	staff := f.account.Kind == account.Staff
	if staff && t.Context.Patient == "" && (permit.NeedsPatient(f.forActor()) || f.asks("encounter")) {
		wanted.Patient = from.Patient
	}
	patient := f.patientID()
	if patient == "" {
		patient = wanted.Patient
	}
	if t.Context.Encounter == "" && f.asks("encounter") && patient != "" && patient == from.Patient {
		wanted.Encounter = from.Encounter
	}
	if staff && t.Context.Location == "" && f.asks("location") {
		wanted.Location = from.Location
	}
	known, err := f.known(ctx, wanted, patient)
	if err != nil {
		return err
	}
	for _, x := range []struct{ to, from *string }{
		{&t.Context.Patient, &known.Patient}, {&t.Context.Encounter, &known.Encounter}, {&t.Context.Location, &known.Location},
	} {
		if *x.from != "" {
			*x.to, t.Assumed = *x.from, true
		}
	}
	return nil
}

// patientID returns the patient in context: the one of the ticket, or the portal patient.
func (f *flow) patientID() string {
	if f.account.Kind == account.Portal {
		return f.account.PatientID
	}
	return f.ticket.Context.Patient
}

// known returns the part of a context that exists and that the person may see. The encounter must be one of patient's.
func (f *flow) known(ctx context.Context, c token.Context, patient string) (token.Context, error) {
	all := f.server.config.Contexts
	drop := func(id *string, err error) error {
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
			*id = ""
			return nil
		}
		return err
	}
	if c.Patient != "" {
		_, err := all.Patient(ctx, f.name, f.account, c.Patient)
		if err := drop(&c.Patient, err); err != nil {
			return c, err
		}
		if c.Patient == "" && patient != f.patientID() {
			c.Encounter = "" // the encounter of a patient who is not there
		}
	}
	if c.Encounter != "" {
		_, err := all.Encounter(ctx, f.name, f.account, patient, c.Encounter)
		if err := drop(&c.Encounter, err); err != nil {
			return c, err
		}
	}
	if c.Location != "" {
		_, err := all.Location(ctx, f.name, f.account, c.Location)
		if err := drop(&c.Location, err); err != nil {
			return c, err
		}
	}
	return c, nil
}

// settleErrand takes the context that the page of an EHR has put into its link. What does not exist is an error here: nothing must be
// done with the wrong patient, or none, by accident.
func (f *flow) settleErrand(ctx context.Context) error {
	p := f.ticket.Params
	asked := token.Context{
		Patient: p.Get("patient"), Encounter: p.Get("encounter"), Location: p.Get("location"), Intent: p.Get("intent"),
	}
	known, err := f.known(ctx, asked, asked.Patient)
	if err != nil {
		return err
	}
	if known != asked || asked.Encounter != "" && asked.Patient == "" {
		return &oauth.Error{Code: oauth.InvalidRequest, Description: "What the link names does not exist, or is not for you."}
	}
	f.ticket.Context = known
	if known.Patient == "" {
		f.ticket.Picking = "patient"
	}
	return nil
}

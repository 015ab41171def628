package standard

import (
	"context"
	"slices"
	"strings"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// patientHome are the fields of a patient with a home in FHIR.
var patientHome = fields(`title fname mname lname suffix birth_fname birth_mname birth_lname preferred_name DOB sex ss pubpid drivers_license
	street street_line_2 city county state postal_code country_code phone_home phone_biz phone_cell email email_direct
	deceased_date status language race ethnicity providerID mothersname`)

// Systems and extensions of a patient.
const (
	systemPatientNumber = "https://chartwright.example/fhir/NamingSystem/chart-number"
	systemLicence       = "urn:oid:2.16.840.1.113883.4.3"
	systemMarital       = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
	systemLanguage      = "urn:ietf:bcp:47"
	systemRace          = "urn:oid:2.16.840.1.113883.6.238"
	systemNull          = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
	raceURL             = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
	ethnicityURL        = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"
	birthSexURL         = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
	mothersNameURL      = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
)

// applyPatient changes a patient as a body says.
func (d *Desk) applyPatient(ctx context.Context, p *r4.Patient, in *api.PatientInput) error {
	nameOf(&p.Name, "official", nameParts{in.Title, in.Fname, in.Mname, in.Lname, in.Suffix})
	nameOf(&p.Name, "maiden", nameParts{nil, in.BirthFname, in.BirthMname, in.BirthLname, nil})
	nameOf(&p.Name, "nickname", nameParts{nil, in.PreferredName, nil, nil, nil})
	if in.DOB != nil {
		p.BirthDate = fhir.NewDate(*in.DOB)
	}
	if in.Sex != nil {
		applySex(p, *in.Sex)
	}
	for _, x := range []struct {
		system, typ string
		value       *string
	}{{systemSSN, "SS", in.Ss}, {systemPatientNumber, "PT", in.Pubpid}, {systemLicence, "DL", in.DriversLicense}} {
		if x.value != nil {
			p.Identifier = identify(p.Identifier, x.system, x.typ, *x.value)
		}
	}
	for _, x := range []struct {
		system, use string
		value       *string
	}{{"phone", "home", in.PhoneHome}, {"phone", "work", in.PhoneBiz}, {"phone", "mobile", in.PhoneCell}, {"email", "home", in.Email}, {"email", "mobile", in.EmailDirect}} {
		if x.value != nil {
			p.Telecom = reach(p.Telecom, x.system, x.use, *x.value)
		}
	}
	applyHome(p, place{street: in.Street, street2: in.StreetLine2, city: in.City, county: in.County, state: in.State, postal: in.PostalCode, country: in.CountryCode})
	if in.DeceasedDate != nil {
		p.Deceased = dateTimeValue(*in.DeceasedDate)
	}
	for _, x := range []struct {
		list  string
		value *string
		apply func(*r4.Patient, string, option)
	}{{"marital", in.Status, applyMarital}, {"language", in.Language, applyLanguage}, {"race", in.Race, applyRace}, {"ethnicity", in.Ethnicity, applyEthnicity}} {
		if x.value == nil {
			continue
		}
		o, err := d.option(ctx, x.list, *x.value)
		if err != nil {
			return err
		}
		x.apply(p, *x.value, o)
	}
	if in.Mothersname != nil {
		p.Extension = textExtension(p.Extension, mothersNameURL, *in.Mothersname)
	}
	p.Extension = carry(p.Extension, in, patientHome)
	return d.applyProvider(ctx, p, in)
}

// applyProvider sets the general practitioner. A number that names nobody is kept as a field.
func (d *Desk) applyProvider(ctx context.Context, p *r4.Patient, in *api.PatientInput) error {
	if in.ProviderID == nil {
		return nil
	}
	n := row.Text(in, "providerID")
	ref, err := d.point(ctx, "Practitioner", n)
	if err != nil {
		return err
	}
	p.GeneralPractitioner = slices.DeleteFunc(p.GeneralPractitioner, func(r r4.Reference) bool { return idOf(&r, "Practitioner") != "" })
	if ref != nil {
		p.GeneralPractitioner = append([]r4.Reference{*ref}, p.GeneralPractitioner...)
		n = ""
	}
	p.Extension = keep(p.Extension, "providerID", n)
	return nil
}

// applySex sets gender and birth sex; what gender has no code for is kept as a field.
func applySex(p *r4.Patient, sex string) {
	gender, birth := genderOf(sex), "UNK"
	switch gender {
	case "male":
		birth = "M"
	case "female":
		birth = "F"
	}
	p.Gender = fhir.NewCode(gender)
	own := ""
	if sexOf(p.Gender.V) != sex {
		own = sex
	}
	p.Extension = keep(p.Extension, "sex", own)
	p.Extension = slices.DeleteFunc(p.Extension, func(x fhir.Extension) bool { return x.URL == birthSexURL })
	code := fhir.NewCode(birth)
	p.Extension = append(p.Extension, fhir.Extension{URL: birthSexURL, Value: &code})
}

// genderOf is the gender of an option of list sex.
func genderOf(sex string) string {
	switch g := strings.ToLower(sex); g {
	case "male", "female", "other":
		return g
	}
	return "unknown"
}

// sexOf writes a gender as an option of list sex.
func sexOf(gender string) string {
	switch gender {
	case "male":
		return "Male"
	case "female":
		return "Female"
	case "other":
		return "Other"
	case "":
		return ""
	}
	return "UNK"
}

// applyHome changes the current address: the first without an end.
func applyHome(p *r4.Patient, in place) {
	if in == (place{}) {
		return
	}
	i := homeAddress(p)
	var a *r4.Address
	if i >= 0 {
		a = &p.Address[i]
	}
	a = settle(a, in)
	switch {
	case a == nil && i >= 0:
		p.Address = slices.Delete(p.Address, i, i+1)
	case a != nil && i < 0:
		a.Use = fhir.NewCode("home")
		p.Address = append([]r4.Address{*a}, p.Address...)
	}
}

// homeAddress returns the index of the first address that is not old and has no end, or -1.
func homeAddress(p *r4.Patient) int {
	return slices.IndexFunc(p.Address, func(a r4.Address) bool {
		return a.Use.V != "old" && (a.Period == nil || a.Period.End.V == "")
	})
}

// textExtension sets an extension whose value is a string; an empty one removes it.
func textExtension(list []fhir.Extension, url, value string) []fhir.Extension {
	list = slices.DeleteFunc(list, func(x fhir.Extension) bool { return x.URL == url })
	if value == "" {
		return list
	}
	s := fhir.NewString(value)
	return append(list, fhir.Extension{URL: url, Value: &s})
}

// patientRow writes a patient as the Standard API has him.
func (d *Desk) patientRow(ctx context.Context, p *r4.Patient, v *chart.Version) (*api.Patient, error) {
	out := &api.Patient{PreviousNames: []api.PreviousName{}, Addresses: []api.Address{}}
	carried(p.Extension, out)
	out.ID, out.Pid, out.UUID, out.LastUpdated = v.Number, v.Number, v.ID, stampOf(v.Updated)
	if out.Date == nil {
		out.Date = maybe(out.LastUpdated)
	}
	d.namesRow(p, out)
	out.DOB = maybe(p.BirthDate.V)
	if out.Sex == "" || genderOf(out.Sex) != p.Gender.V {
		out.Sex = sexOf(p.Gender.V)
	}
	out.Ss, out.DriversLicense = identified(p.Identifier, systemSSN), identified(p.Identifier, systemLicence)
	if out.Pubpid = identified(p.Identifier, systemPatientNumber); out.Pubpid == "" {
		out.Pubpid = row.Text(out, "pid")
	}
	out.PhoneHome, out.PhoneBiz, out.PhoneCell = contact(p.Telecom, "phone", "home"), contact(p.Telecom, "phone", "work"), contact(p.Telecom, "phone", "mobile")
	if out.Email, out.EmailDirect = contact(p.Telecom, "email", "home"), contact(p.Telecom, "email", "mobile"); out.Email == "" {
		out.Email = contact(p.Telecom, "email", "")
	}
	addressesRow(p, out)
	switch x := p.Deceased.(type) {
	case *fhir.DateTime:
		out.DeceasedDate = maybe(stamp(x.V))
	case *fhir.Boolean:
		if x.V {
			out.DeceasedDate = maybe("0000-00-00 00:00:00") // dead, at a time that nobody wrote down
		}
	}
	if x := slices.IndexFunc(p.Extension, func(x fhir.Extension) bool { return x.URL == mothersNameURL }); x >= 0 {
		if s, ok := p.Extension[x].Value.(*fhir.String); ok {
			out.Mothersname = s.V
		}
	}
	if err := d.codedRow(ctx, p, out); err != nil {
		return nil, err
	}
	for i := range p.GeneralPractitioner {
		e, err := d.follow(ctx, &p.GeneralPractitioner[i])
		if err != nil {
			return nil, err
		}
		if e != nil && e.version.Type == "Practitioner" {
			out.ProviderID = &e.version.Number
			break
		}
	}
	return out, nil
}

// addressesRow writes the home address into its own fields, and all addresses as a list, the home first.
func addressesRow(p *r4.Patient, out *api.Patient) {
	home := homeAddress(p)
	if home >= 0 {
		a := &p.Address[home]
		out.Street, out.StreetLine2, out.City, out.State = line(a, 0), maybe(line(a, 1)), a.City.V, a.State.V
		out.PostalCode, out.CountryCode, out.County = a.PostalCode.V, a.Country.V, a.District.V
	}
	add := func(a *r4.Address) {
		x := api.Address{
			Type: "both", Use: "home", Line1: line(a, 0), Line2: line(a, 1), City: a.City.V, District: a.District.V,
			State: a.State.V, PostalCode: a.PostalCode.V, CountryCode: a.Country.V,
		}
		if a.Type_.V != "" {
			x.Type = a.Type_.V
		}
		if a.Use.V != "" {
			x.Use = a.Use.V
		}
		if a.Period != nil {
			x.PeriodStart, x.PeriodEnd = maybe(stamp(a.Period.Start.V)), maybe(stamp(a.Period.End.V))
		}
		out.Addresses = append(out.Addresses, x)
	}
	if home >= 0 {
		add(&p.Address[home])
	}
	for i := range p.Address {
		if i != home {
			add(&p.Address[i])
		}
	}
}

package standard

import (
	"context"
	"slices"
	"strconv"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/standard/row"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// policyTypes are the types of a policy in the order of Coverage.order.
var policyTypes = []string{"primary", "secondary", "tertiary"}

const (
	systemCoverageClass = "http://terminology.hl7.org/CodeSystem/coverage-class"
	systemSubscriber    = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
)

func orderOf(policyType string) int32 {
	return int32(max(0, slices.Index(policyTypes, policyType))) + 1
}

// policyOrder is the order of a policy; one that says nothing is the first.
func policyOrder(c *r4.Coverage) int32 {
	if !c.Order.Set || c.Order.V < 1 {
		return 1
	}
	return c.Order.V
}

func periodStart(c *r4.Coverage) string {
	if c.Period == nil {
		return ""
	}
	return day(c.Period.Start.V)
}

var insuranceHome = fields("type provider plan_name policy_number group_number subscriber_relationship date date_end")

// applyInsurance replaces a policy. An insurance company that does not exist is kept by its number.
func (d *Desk) applyInsurance(ctx context.Context, c *r4.Coverage, in *api.InsuranceInput) error {
	v := row.Texts(in)
	c.Order = fhir.NewPositiveInt(orderOf(v["type"]))
	c.Period = nil
	if v["date"] != "" || v["date_end"] != "" {
		c.Period = &r4.Period{Start: fhir.NewDateTime(v["date"]), End: fhir.NewDateTime(v["date_end"])}
	}
	c.SubscriberID = fhir.NewString(v["policy_number"])
	c.Class = slices.DeleteFunc(c.Class, func(x r4.CoverageClass) bool {
		return x.Type_ != nil && (hasCode([]r4.CodeableConcept{*x.Type_}, systemCoverageClass, "group") || hasCode([]r4.CodeableConcept{*x.Type_}, systemCoverageClass, "plan"))
	})
	for _, x := range [][2]string{{"group", v["group_number"]}, {"plan", v["plan_name"]}} {
		if x[1] != "" {
			c.Class = append(c.Class, r4.CoverageClass{Type_: conceptPointer(systemCoverageClass, x[0], ""), Value: fhir.NewString(x[1])})
		}
	}
	c.Relationship = nil
	if rel := v["subscriber_relationship"]; rel != "" {
		c.Relationship = conceptPointer(systemSubscriber, rel, "")
	}
	c.Subscriber = nil
	if v["subscriber_relationship"] == "self" {
		c.Subscriber = c.Beneficiary
	}
	c.Extension = recarry(c.Extension, in, insuranceHome)
	payer, err := d.payer(ctx, v["provider"])
	if err != nil {
		return err
	}
	if payer != nil {
		c.Payor = []r4.Reference{*payer}
		return nil
	}
	c.Payor = []r4.Reference{{Display: fhir.NewString("insurance company " + v["provider"])}}
	c.Extension = keep(c.Extension, "provider", v["provider"])
	return nil
}

// insuranceRow writes a policy as the Standard API has it.
func (d *Desk) insuranceRow(ctx context.Context, c *r4.Coverage, v *chart.Version) (*api.Insurance, error) {
	out := &api.Insurance{AcceptAssignment: "TRUE"}
	carried(c.Extension, out)
	p, err := d.patientOf(ctx, c.Beneficiary)
	if err != nil {
		return nil, err
	}
	out.ID, out.UUID, out.Pid, out.Puuid = v.Number, v.ID, p.number, maybe(p.id)
	if i := policyOrder(c); int(i) <= len(policyTypes) {
		out.Type = &policyTypes[i-1]
	}
	out.PolicyNumber = maybe(c.SubscriberID.V)
	for i := range c.Class {
		x := &c.Class[i]
		if x.Type_ == nil {
			continue
		}
		text := x.Value.V
		if text == "" {
			text = x.Name.V
		}
		switch codeIn([]r4.CodeableConcept{*x.Type_}, systemCoverageClass) {
		case "group":
			out.GroupNumber = maybe(text)
		case "plan":
			out.PlanName = maybe(text)
		}
	}
	if c.Relationship != nil {
		out.SubscriberRelationship = maybe(codeIn([]r4.CodeableConcept{*c.Relationship}, systemSubscriber))
	}
	if c.Period != nil {
		out.Date, out.DateEnd = maybe(day(c.Period.Start.V)), maybe(day(c.Period.End.V))
	}
	for i := range c.Payor {
		e, err := d.follow(ctx, &c.Payor[i])
		if err != nil {
			return nil, err
		}
		if e != nil && e.version.Type == "Organization" {
			out.Provider, out.Insureruuid = maybe(strconv.FormatInt(e.version.Number, 10)), &e.version.ID
		}
	}
	return out, nil
}

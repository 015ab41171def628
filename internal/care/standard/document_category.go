package standard

import (
	"context"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fault"
)

// category is a node of the tree of document categories.
type category struct {
	id     int
	name   string
	parent int
	right  string // entry of the role table that opens it
}

// categories of documents. The root has no documents.
var documentCategories = []category{
	{2, "Lab Report", 1, "patients/docs"}, {3, "Medical Record", 1, "patients/docs"}, {4, "Patient Information", 1, "patients/demo"},
	{5, "Patient ID card", 4, "patients/demo"}, {6, "Advance Directive", 1, "patients/docs"}, {7, "Do Not Resuscitate Order", 6, "patients/docs"},
	{8, "Durable Power of Attorney", 6, "patients/docs"}, {9, "Living Will", 6, "patients/docs"}, {10, "Patient Photograph", 4, "patients/demo"},
	{11, "CCR", 1, "patients/docs"}, {12, "CCD", 1, "patients/docs"}, {13, "CCDA", 1, "patients/docs"}, {14, "Eye Module", 1, "patients/docs"},
	{15, "Communication - Eye", 14, "patients/docs"}, {16, "Encounters - Eye", 14, "patients/docs"}, {17, "Imaging - Eye", 14, "patients/docs"},
	{27, "Onsite Portal", 1, "patients/docs"}, {28, "Patient", 27, "patients/docs"}, {29, "Reviewed", 27, "patients/docs"},
	{30, "FHIR Export Document", 1, "admin/super"}, {31, "Invoices", 1, "encounters/coding"},
}

// medicalRecord is the category of documents that came without one of ours.
const medicalRecord = 3

const systemDocumentCategory = codeSystemOfOur + "document-category"

// categoryAt returns the category at a path such as /advance_directive/living_will; nil if there is none.
func categoryAt(path string) *category {
	parent := 1
	var found *category
	for step := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		found = nil
		for i := range documentCategories {
			c := &documentCategories[i]
			if c.parent == parent && strings.EqualFold(strings.ReplaceAll(c.name, " ", "_"), strings.ReplaceAll(step, " ", "_")) {
				found = c
			}
		}
		if found == nil {
			return nil
		}
		parent = found.id
	}
	return found
}

// categoryOf returns the category of a document.
func categoryOf(x *r4.DocumentReference) *category {
	id, err := strconv.Atoi(codeIn(x.Category, systemDocumentCategory))
	if err != nil {
		id = medicalRecord
	}
	for i := range documentCategories {
		if documentCategories[i].id == id {
			return &documentCategories[i]
		}
	}
	return nil
}

func (c *category) concept() r4.CodeableConcept {
	return concept(systemDocumentCategory, strconv.Itoa(c.id), c.name)
}

// mayOpen refuses a caller whose role does not open the category.
func (d *Desk) mayOpen(ctx context.Context, c *category) error {
	if c == nil || !d.cfg.Holds(ctx, c.right) {
		return fault.New(fault.Forbidden, "standard.document", "your role does not open this category of documents")
	}
	return nil
}

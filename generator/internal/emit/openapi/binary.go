package openapi

import "chartwright/generator/internal/model"

// A Binary is a resource to those who ask for one, and to everybody else the file that it holds: it comes and goes under a media type
// of its own as well.
//
// https://hl7.org/fhir/R4/binary.html#rest

const binary = "Binary"

// securityContext is the header that says whose a file is.
const securityContext = "X-Security-Context"

// givesFile lets an operation that reads a Binary answer with its file, too.
func (d *document) givesFile(t *model.Type, op *operation) *operation {
	if t.Name == binary {
		op.file = true
		op.description = "The resource to who asks for `" + fhirJSON + "`, else the file that it holds, under its own media type: choose `*/*` to have it."
	}
	return op
}

// sendsFile lets an operation that stores a Binary take a file, too. The documents propose one media type of many.
func (d *document) sendsFile(t *model.Type, op *operation) *operation {
	if t.Name == binary {
		op.description += " A file under any media type of its own, such as `application/pdf`, is kept as it is."
		op.body[1].value = append(op.body[1].value.(object), fileContent("application/octet-stream"))
		op.parameters = append(op.parameters, d.shared(securityContext, header(securityContext, "Of a file: the resource that decides whose it is, such as `Patient/1`.")))
	}
	return op
}

// fileContent is the bytes of a file.
func fileContent(media string) member {
	return member{media, object{{"schema", object{{"type", "string"}, {"format", "binary"}}}}}
}

// fileHeaders are the headers of an answer that holds a file.
func fileHeaders() object {
	text := func(description string) object {
		return object{{"description", description}, {"schema", object{{"type", "string"}}}}
	}
	return object{
		{"Content-Disposition", text("Of a file: `attachment`.")},
		{securityContext, text("Of a file: whose it is.")},
	}
}

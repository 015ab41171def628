package standard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// maxDocument bounds an uploaded file in bytes.
const maxDocument = 20 << 20

// ListDocuments answers a page of a patient's documents in one category.
func (s *Server) ListDocuments(ctx context.Context, r api.ListDocumentsRequestObject) (api.ListDocumentsResponseObject, error) {
	d := s.Desk(ctx)
	l, err := list(operation("listDocuments"), "/api/patient/"+r.Pid+"/document", "DocumentReference", &r.Params)
	if err != nil {
		return nil, err
	}
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	c := categoryAt(r.Params.Path)
	if c == nil {
		return nil, fault.New(fault.NotFound, "standard.document", "there is no such category")
	}
	if err := d.mayOpen(ctx, c); err != nil {
		return nil, err
	}
	rows, _, err := collect(ctx, d, l.by("patient", "Patient/"+p.ID).otherwise("-date"), func(_ context.Context, r r4.Resource, v *chart.Version) (*api.Document, error) {
		x := r.(*r4.DocumentReference)
		if categoryOf(x) != c || len(x.Content) == 0 || x.Content[0].Attachment == nil {
			return nil, nil
		}
		a := x.Content[0].Attachment
		return &api.Document{
			ID: v.Number, Filename: maybe(a.Title.V), Mimetype: maybe(a.ContentType.V), Docdate: maybe(day(x.Date.V)), Hash: maybe(carriedText(x.Extension, "hash")),
		}, nil
	})
	return api.ListDocuments200JSONResponse(rows), err
}

// CreateDocument stores a file: its content as a Binary, what it is as a DocumentReference.
func (s *Server) CreateDocument(ctx context.Context, r api.CreateDocumentRequestObject) (api.CreateDocumentResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	c := categoryAt(r.Params.Path)
	if c == nil {
		return nil, fault.New(fault.NotFound, "standard.document", "there is no such category")
	}
	if err := d.mayOpen(ctx, c); err != nil {
		return nil, err
	}
	name, content, err := upload(r.Body)
	if err != nil {
		return nil, err
	}
	media, err := d.mediaType(ctx, content)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	owner := reference("Patient", p.ID)
	data := &r4.Binary{ContentType: fhir.NewCode(media), SecurityContext: owner, Data: fhir.Of[fhir.Base64Binary](base64.StdEncoding.EncodeToString(content))}
	doc := &r4.DocumentReference{
		Status: fhir.NewCode("current"), Subject: owner, Date: fhir.NewInstant(d.now().Format("2006-01-02T15:04:05Z")),
		Category: []r4.CodeableConcept{c.concept()},
		Content: []r4.DocumentReferenceContent{{Attachment: &r4.Attachment{
			ContentType: fhir.NewCode(media), Title: fhir.NewString(name), Size: fhir.NewUnsignedInt(int32(len(content))),
		}}},
	}
	doc.Extension = keep(doc.Extension, "hash", hex.EncodeToString(sum[:]))
	err = d.write(ctx, nil, func(u *record.Unit) error {
		v, err := u.Create(data)
		if err != nil {
			return err
		}
		doc.Content[0].Attachment.URL = fhir.Of[fhir.URL]("Binary/" + v.ID)
		_, err = u.Create(doc)
		return err
	})
	return api.CreateDocument200JSONResponse(true), err
}

// upload reads the file named document of a form.
func upload(body *multipart.Reader) (name string, content []byte, err error) {
	if body == nil {
		return "", nil, form.Refuse("document", "Required::NON_EXISTENT_KEY", "document must be provided, but does not exist")
	}
	for {
		part, err := body.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, form.Refuse("document", "Required::NON_EXISTENT_KEY", "document must be provided, but does not exist")
		}
		if err != nil {
			return "", nil, unreadable(err)
		}
		if part.FormName() != "document" {
			continue
		}
		content, err = io.ReadAll(io.LimitReader(part, maxDocument+1))
		switch {
		case err != nil:
			return "", nil, unreadable(err)
		case len(content) > maxDocument:
			return "", nil, tooLarge()
		case len(content) == 0:
			return "", nil, form.Refuse("document", "NotEmpty::EMPTY_VALUE", "document must not be empty")
		}
		return printable(part.FileName()), content, nil
	}
}

// printable is a name without the control characters that no string of the record may have.
// https://hl7.org/fhir/R4/datatypes.html#string
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name)
}

// unreadable is what is wrong with a form that cannot be read to its end.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge()
	}
	if fault.Is(err, fault.Throttled) { // there is no room for it now
		return err
	}
	return fault.Wrap(fault.Invalid, "standard.document", err)
}

func tooLarge() error {
	return fault.New(fault.TooLarge, "standard.document", "the file is larger than %d bytes", maxDocument)
}

// mediaType finds out what a file is by its content and whether the site takes such files.
func (d *Desk) mediaType(ctx context.Context, content []byte) (string, error) {
	media, _, err := mime.ParseMediaType(http.DetectContentType(content))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "standard.document", err)
	}
	if len(content) > 132 && string(content[128:132]) == "DICM" {
		media = "application/dicom"
	}
	o, err := d.option(ctx, "files_white_list", media)
	if err != nil {
		return "", err
	}
	if o.id == "" {
		return "", form.Refuse("document", "InArray::NOT_IN_ARRAY", "document must be in the defined set of values")
	}
	return media, nil
}

// GetDocument answers the content of a document.
func (s *Server) GetDocument(ctx context.Context, r api.GetDocumentRequestObject) (api.GetDocumentResponseObject, error) {
	d := s.Desk(ctx)
	_, p, err := d.patient(ctx, r.Pid)
	if err != nil {
		return nil, err
	}
	x, _, err := within[*r4.DocumentReference](ctx, d, "DocumentReference", r.Did, p.ID)
	if err != nil {
		return nil, err
	}
	if err := d.mayOpen(ctx, categoryOf(x)); err != nil {
		return nil, err
	}
	for i := range x.Content {
		a := x.Content[i].Attachment
		if a == nil {
			continue
		}
		data := a.Data.V
		if typ, id, ok := strings.Cut(a.URL.V, "/"); ok && typ == "Binary" && data == "" {
			b, _, err := fetch[*r4.Binary](ctx, d, "Binary", id)
			if err != nil {
				return nil, err
			}
			data = b.Data.V
		}
		content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "standard.document", err)
		}
		if len(content) > 0 {
			return file{media: a.ContentType.V, name: a.Title.V, content: content}, nil
		}
	}
	return nil, fault.New(fault.NotFound, "standard.document", "the document has no content here")
}

// file is the answer to a download. The browser must save it, not show it: it comes from outside.
type file struct {
	media, name string
	content     []byte
}

var _ api.GetDocumentResponseObject = file{}

// VisitGetDocumentResponse writes the file.
func (f file) VisitGetDocumentResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", orElse(f.media, "application/octet-stream"))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Description", "File Transfer")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": orElse(f.name, "document")}))
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, bytes.NewReader(f.content))
	return err
}

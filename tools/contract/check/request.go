package check

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"

	"chartwright/internal/care/form"
)

// maxAnswer bounds what is read of an answer in bytes.
const maxAnswer = 32 << 20

// body is what goes with a request.
type body struct {
	media string
	data  []byte
}

// answer is what came back; err says why nothing did.
type answer struct {
	status int
	body   []byte
	err    error
}

// example returns the body that the document proposes, nil if the operation takes none.
func (r *run) example(op *form.Operation) (*body, error) {
	documented := r.api.operation(op).RequestBody
	if documented == nil {
		return nil, nil
	}
	if upload := documented.Value.Content.Get("multipart/form-data"); upload != nil {
		return parts(slices.Sorted(maps.Keys(upload.Schema.Value.Properties)))
	}
	m, err := r.api.Example(op)
	if err != nil {
		return nil, err
	}
	return inJSON(m)
}

func inJSON(m map[string]any) (*body, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return &body{"application/json", data}, nil
}

// parts is an upload of one small file of text for each part.
func parts(names []string) (*body, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range names {
		part, err := w.CreateFormFile(name, "contract.txt")
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(part, "A note that the contract check leaves."); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &body{w.FormDataContentType(), b.Bytes()}, nil
}

// send calls an operation; token may be empty.
func (r *run) send(op *form.Operation, path string, b *body, token string) answer {
	a, err := r.exchange(r.ctx, op.Method, path, b, token)
	if err != nil {
		return answer{err: fmt.Errorf("%s %s: %w", op.Method, path, err)}
	}
	return a
}

func (r *run) exchange(ctx context.Context, method, path string, b *body, token string) (answer, error) {
	var content io.Reader
	if b != nil {
		content = bytes.NewReader(b.data)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.Base+path, content)
	if err != nil {
		return answer{}, err
	}
	if b != nil {
		req.Header.Set("Content-Type", b.media)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := r.Client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return answer{status: resp.StatusCode, body: data}, err
}

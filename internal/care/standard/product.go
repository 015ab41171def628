package standard

import (
	"context"

	api "chartwright/gen/api/standard"
)

// GetProduct answers that the server is registered with nobody.
func (s *Server) GetProduct(context.Context, api.GetProductRequestObject) (api.GetProductResponseObject, error) {
	return api.GetProduct200JSONResponse{Status: api.UNREGISTERED}, nil
}

package standard

import (
	"context"

	api "chartwright/gen/api/standard"
)

// GetVersion answers the version of the API that this server is compatible with.
func (s *Server) GetVersion(context.Context, api.GetVersionRequestObject) (api.GetVersionResponseObject, error) {
	return api.GetVersion200JSONResponse{
		VMajor: "7", VMinor: "0", VPatch: "4", VRealpatch: "0", VTag: "", VDatabase: "510", VAcl: "12",
	}, nil
}

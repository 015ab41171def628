package interaction

import "context"

func (e *Engine) SearchCompartment(ctx context.Context, c *Call) (*Answer, error) { return nil, nil }

package interaction

import "context"

func (e *Engine) Batch(ctx context.Context, c *Call) (*Answer, error) { return nil, nil }

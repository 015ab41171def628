package identity

import (
	"chartwright/internal/fault"
	"chartwright/internal/identity/token"
)

// enter finds out who is at the browser and ties the ticket to it. A ticket that another browser has taken up is refused.
func (f *flow) enter() (err error) {
	f.browser = f.readCookie(f.r, browserCookie)
	if f.ticket.Bound() && (f.browser == "" || token.HashOf(f.browser) != f.ticket.Browser) {
		return errStale
	}
	f.session, f.account, err = f.signedIn(f.r.Context(), f.readCookie(f.r, sessionCookie), f.server.now())
	if err != nil || f.ticket.Bound() {
		return err
	}
	if f.browser == "" {
		f.browser, _ = token.Mint()
		f.writeCookie(f.w, browserCookie, f.browser, 0)
	}
	f.ticket.Browser = token.HashOf(f.browser)
	return f.keep()
}

// keep stores what has changed of the ticket, unless it is held.
func (f *flow) keep() error {
	if f.held {
		return nil
	}
	return f.store.PutTicket(f.r.Context(), f.ticket)
}

// release stores a ticket that was held, for the requests to come.
func (f *flow) release() error {
	if !f.held {
		return nil
	}
	f.held = false
	return f.keep()
}

// spend uses the ticket up: of two tabs, one gets an answer. A ticket that is held is known to this request alone.
func (f *flow) spend() error {
	if f.held {
		return nil
	}
	err := f.store.SpendTicket(f.r.Context(), f.ticket.Hash)
	if fault.Is(err, fault.Conflict) {
		return errStale
	}
	return err
}

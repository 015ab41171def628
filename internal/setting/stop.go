package setting

import (
	"time"

	"chartwright/internal/fault"
)

// The settings that stop a part of a site while something is wrong with it, until somebody lifts them. What serves the stop itself,
// the pages and commands of administration, goes on.
const (
	StopTokens = "stop_tokens"
	StopWrites = "stop_writes"
)

// Stops are the names of the settings that stop something.
func Stops() []string { return []string{StopTokens, StopWrites} }

// stopWait is when a client may ask again: a person looks into it, so that sooner makes no sense.
const stopWait = time.Minute

// MayIssue returns an Unavailable error while the site issues no tokens.
func (v *Values) MayIssue() error {
	return stopped(v.StopTokens, "setting.stop-tokens", "An administrator has stopped this site from issuing tokens; try again later.")
}

// MayWrite returns an Unavailable error while nothing of the site's record may change.
func (v *Values) MayWrite() error {
	return stopped(v.StopWrites, "setting.stop-writes", "an administrator has stopped writing on this site; reading goes on")
}

func stopped(on bool, op, detail string) error {
	if !on {
		return nil
	}
	return &fault.Error{Kind: fault.Unavailable, Op: op, Detail: detail, Wait: stopWait}
}

// Stopped returns the names of the settings that stop something now.
func (v *Values) Stopped() []string {
	var list []string
	for _, name := range Stops() {
		if value, _ := v.Of(name); value == On {
			list = append(list, name)
		}
	}
	return list
}

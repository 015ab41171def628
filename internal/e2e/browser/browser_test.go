// Package browser drives the pages in Chromium, as a person would. Screenshots are written to the folder that the environment
// variable CHARTWRIGHT_SCREENSHOTS names, if it names one.
package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"chartwright/internal/await"
)

// patience is how long a page may take to show what is waited for.
const patience = await.Patience

// open starts a browser with one empty page until the test ends. Where there is no Chromium the test is skipped.
func open(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium: the pages are not tested in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1400, 1000), chromedp.Flag("ignore-certificate-errors", true),
		chromedp.WSURLReadTimeout(patience))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// do runs actions in a page and fails the test, with a screenshot, if they do not come to an end.
func do(ctx context.Context, t *testing.T, what string, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Do(limited, actions...); err != nil {
		shoot(ctx, t, "failed-"+what)
		t.Fatalf("%s: %v", what, err)
	}
}

// until waits until an expression is true in the page, which it asks at each frame, or as the options say.
func until(expression string, options ...chromedp.PollOption) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](expression, append(options, chromedp.WithPollingTimeout(patience))...)
}

// visit goes to an address. A form or a link pressed before may have reached its server and not yet the window; Chromium then gives
// up one of the two ways, and where it is this one, it is gone again.
func visit(address string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		for {
			done, err := chromedp.Navigate(address)(ctx, target)
			var load *chromedp.LoadError
			if !errors.As(err, &load) || load.ErrorText != "net::ERR_ABORTED" || ctx.Err() != nil {
				return done, err
			}
		}
	}
}

// shoot takes a screenshot if they are wanted.
func shoot(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("CHARTWRIGHT_SCREENSHOTS")
	if dir == "" {
		return
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	png, err := chromedp.Run(limited, chromedp.CaptureScreenshot())
	if err != nil {
		t.Logf("no screenshot of %s: %v", name, err)
		return
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

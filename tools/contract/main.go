// Command contract holds a running server to the documents of the Standard and Portal APIs: every operation, every refusal,
// every rule. It prints a line for each check and fails when one does.
//
//	go run ./tools/contract --base https://localhost:9300/apis/default --token TOKEN
//
// It makes records of its own and changes or deletes no others; with --read-only it makes none.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"chartwright/tools/contract/check"
)

// errBroken means that the server breaks its contract.
var errBroken = errors.New("the server does not keep its contract")

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errBroken):
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "contract:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o := check.Options{Roles: map[string]string{}, Each: func(r check.Result) { show(out, r) }}
	flags := flag.NewFlagSet("contract", flag.ContinueOnError)
	flags.StringVar(&o.Base, "base", "https://localhost:9300/apis/default", "address of the site's APIs")
	flags.StringVar(&o.Token, "token", "", "access token of staff, with every scope of the Standard API")
	flags.StringVar(&o.Portal, "portal-token", "", "access token of a patient, with every scope of the Portal API")
	flags.StringVar(&o.Narrow, "narrow-token", "", "access token without a scope for records")
	flags.Func("role-token", "`ROLE=TOKEN`: access token of staff of one role, such as front, or none; may be repeated", func(v string) error {
		role, token, ok := strings.Cut(v, "=")
		if !ok || role == "" || token == "" {
			return errors.New("give ROLE=TOKEN")
		}
		o.Roles[role] = token
		return nil
	})
	flags.BoolVar(&o.ReadOnly, "read-only", false, "call nothing that writes")
	insecure := flags.Bool("insecure", false, "accept any certificate")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.Token == "" && o.Portal == "" || flags.NArg() > 0 {
		return errors.New("give --token or --portal-token, or both, and nothing but options")
	}
	o.Base = strings.TrimSuffix(o.Base, "/")
	o.Client = client(*insecure)
	passed, failed, err := check.Run(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return errBroken
	}
	return nil
}

func client(insecure bool) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: insecure}, // only when asked to: a demonstration signs its own certificate
	}}
}

// show writes the line of a check.
func show(out io.Writer, r check.Result) {
	word, more := "ok  ", r.Note
	if r.Err != nil {
		word, more = "FAIL", r.Err.Error()
	}
	if more != "" {
		more = ": " + strings.ReplaceAll(more, "\n", " ")
	}
	fmt.Fprintf(out, "%s %s %s, %s%s\n", word, r.API, r.Operation, r.Check, more)
}

// Command chatctl is a chat system for terminals in one binary: the server, its
// clients, its administration and its load generator.
//
// This package is the commands, one file each: they parse flags, build and run.
// What they share lies in cli; what they do lies in the packages they call.
package main

import (
	"context"
	"os"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/quiet"

	_ "golang.org/x/crypto/x509roots/fallback" // where the system has no root certificates, as in our image
)

func main() {
	quiet.Over()
	os.Exit(run(cli.Attend(context.Background()), cli.Env{
		Args:    os.Args[1:],
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Getenv:  os.Getenv,
		Environ: os.Environ,
	}))
}

// run is one chatctl: it returns the exit status when everything it started has ended.
func run(ctx context.Context, env cli.Env) int {
	return cli.Report(ctx, env.Stderr, newRoot(env).ExecuteContext(ctx))
}

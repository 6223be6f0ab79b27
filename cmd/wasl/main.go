// Command wasl is the whole platform in one binary: the blocks, the exchange gateway, the card connector, the stand-ins of the
// outside world, the demonstration, and the tools that check documents and explain the law's dates.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		var said exit
		if !errors.As(err, &said) {
			fmt.Fprintln(os.Stderr, "wasl:", err)
			said = 1
		}
		stop()
		os.Exit(int(said))
	}
}

// exit is a status of which the command has already said why.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// commands is the grammar of the command line.
type commands struct {
	Verbose bool `short:"v" help:"Log requests and background work." env:"WASL_VERBOSE"`

	Demo      demoCmd      `cmd:"" help:"Start everything with the stand-ins, play the journeys, stay up."`
	Serve     serveCmd     `cmd:"" help:"Run all blocks, or those named."`
	Verify    verifyKinds  `cmd:"" help:"Check sealed documents, proofs and checkpoints, offline."`
	Doctor    doctorCmd    `cmd:"" help:"Say what is wrong with an installation and how to mend it."`
	Law       lawCmd       `cmd:"" help:"Explain the dates of Law 55-19."`
	Gateway   gatewayCmd   `cmd:"" help:"Run a member's exchange gateway."`
	Connector connectorCmd `cmd:"" help:"Join the browser to the card reader of this machine."`
	Peer      peerCmd      `cmd:"" help:"Run a stand-in of the outside world (simulators)."`
	Admin     adminCmd     `cmd:"" help:"Register the portal, enrol people."`
	Migrate   migrateCmd   `cmd:"" help:"Migrate the database at WASL_POSTGRES_URL."`
	Openapi   openapiCmd   `cmd:"" help:"Write the API documents of the blocks."`
	Seed      seedCmd      `cmd:"" hidden:""`
	Shift     shiftCmd     `cmd:"" hidden:""`
	Bench     benchCmd     `cmd:"" help:"Measure, each figure beside a bound of the same run."`
}

// app is what every command gets.
type app struct {
	ctx    context.Context
	env    []string
	stdout io.Writer
	stderr io.Writer
	log    *slog.Logger
}

func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("wasl"), kong.Writers(stdout, stderr),
		kong.Description("The integrated digital administration. `wasl demo` shows it."))
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w; wasl --help and wasl COMMAND --help show what there is", err)
	}
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	return chosen.Run(&app{ctx, env, stdout, stderr, log})
}

// Command weftwork serves the Weftwork chaincode to one organisation's peer.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/server"
	"github.com/weftwork/weftwork/chaincode/service"
)

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(log); err != nil {
		log.Error("the chaincode cannot serve", "cause", err.Error())
		os.Exit(1)
	}
}

func run(log *slog.Logger) error {
	config, err := server.FromEnvironment(os.Getenv)
	if err != nil {
		return err
	}
	chaincode, err := service.New(clock.Clock{}, config.Treasurers, log)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	return server.Serve(ctx, config, chaincode, log)
}

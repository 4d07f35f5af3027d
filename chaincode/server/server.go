package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/weftwork/weftwork/chaincode/service"
)

const (
	maxMessage = 100 * 1024 * 1024 // the peer's own limit
	patience   = 5 * time.Second   // for transactions that are running when the service stops
)

// Serve answers the peer until the context ends; then running transactions finish and it returns nil.
func Serve(ctx context.Context, config *Config, chaincode *service.Chaincode, log *slog.Logger) error {
	listener, err := net.Listen("tcp", config.Address)
	if err != nil {
		return fmt.Errorf("listen for the peer: %w", err)
	}
	server := newServer(config)
	peer.RegisterChaincodeServer(server, &shim.ChaincodeServer{CCID: config.ID, CC: chaincode})
	log.Info("serving", "address", listener.Addr().String(), "chaincode", config.ID)

	// The peer's stream never ends by itself: a graceful stop would wait for it for ever.
	stopping := context.AfterFunc(ctx, func() {
		log.Info("stopping")
		chaincode.Drain(patience)
		server.Stop()
	})
	defer stopping()
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve the peer: %w", err)
	}
	return nil
}

// newServer is set up as the shim's own server is, but can be stopped.
func newServer(config *Config) *grpc.Server {
	return grpc.NewServer(
		grpc.Creds(credentials.NewTLS(config.TLS)),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxSendMsgSize(maxMessage),
		grpc.ConnectionTimeout(5*time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime: time.Minute, PermitWithoutStream: true,
		}),
	)
}

// Probe is the chaincode that the tests of the Gateway client call: each function provokes one
// behaviour of Fabric. It runs as a service, as the product's chaincode does.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
)

func main() {
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	secrets, err := tlsProperties()
	if err != nil {
		return err
	}
	server := &shim.ChaincodeServer{
		CCID:     os.Getenv("CHAINCODE_ID"),
		Address:  os.Getenv("CHAINCODE_SERVER_ADDRESS"),
		CC:       probe{},
		TLSProps: *secrets,
	}
	return server.Start()
}

func tlsProperties() (*shim.TLSProperties, error) {
	contents := make([][]byte, 3)
	for i, name := range []string{"CHAINCODE_TLS_KEY", "CHAINCODE_TLS_CERT", "CHAINCODE_CLIENT_CA_CERT"} {
		content, err := os.ReadFile(os.Getenv(name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		contents[i] = content
	}
	return &shim.TLSProperties{Key: contents[0], Cert: contents[1], ClientCACerts: contents[2]}, nil
}

// Package server runs the chaincode as an external service (CCaaS) that its peer connects to, with
// mutual TLS and no other way.
package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Config is where the service listens, as which package, and whom it trusts. Treasurers are the MSPs
// whose treasurers may make deposits, as far as this organisation is asked.
type Config struct {
	Address    string
	ID         string
	TLS        *tls.Config
	Treasurers []string
}

// treasurersVariable is the one that may be empty: MSP identifiers, separated by commas.
const treasurersVariable = "WEFTWORK_TREASURERS"

// The environment variables that are required. The last three hold paths of PEM files.
const (
	addressVariable    = "CHAINCODE_SERVER_ADDRESS"
	idVariable         = "CHAINCODE_ID"
	clientNameVariable = "CHAINCODE_CLIENT_NAME"
	keyVariable        = "CHAINCODE_TLS_KEY"
	certVariable       = "CHAINCODE_TLS_CERT"
	clientCAVariable   = "CHAINCODE_CLIENT_CA_CERT"
)

var variables = []string{
	addressVariable, idVariable, clientNameVariable, keyVariable, certVariable, clientCAVariable,
}

// FromEnvironment reads the configuration. There is no service without mutual TLS.
func FromEnvironment(getenv func(string) string) (*Config, error) {
	if err := requireAll(getenv); err != nil {
		return nil, err
	}
	certificate, err := tls.LoadX509KeyPair(getenv(certVariable), getenv(keyVariable))
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", certVariable, keyVariable, err)
	}
	clients, err := readPool(getenv(clientCAVariable))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clientCAVariable, err)
	}
	return &Config{
		Address: getenv(addressVariable),
		ID:      getenv(idVariable),

		Treasurers: list(getenv(treasurersVariable)),
		TLS: &tls.Config{
			MinVersion:       tls.VersionTLS13,
			Certificates:     []tls.Certificate{certificate},
			ClientCAs:        clients,
			ClientAuth:       tls.RequireAndVerifyClientCert,
			VerifyConnection: onlyFrom(getenv(clientNameVariable)),
		},
	}, nil
}

// onlyFrom refuses every holder of a certificate of the CA but the one of that common name: whoever
// speaks as the peer decides what a transaction reads, and is told what it writes.
func onlyFrom(name string) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		if found := state.PeerCertificates[0].Subject.CommonName; found != name {
			return fmt.Errorf("this chaincode answers %s, not %s", name, found)
		}
		return nil
	}
}

// list reads what commas separate.
func list(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func requireAll(getenv func(string) string) error {
	var missing []string
	for _, name := range variables {
		if getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("set %s (the chaincode serves only with mutual TLS)", strings.Join(missing, ", "))
	}
	return nil
}

func readPool(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in " + path)
	}
	return pool, nil
}

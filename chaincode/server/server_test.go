package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/server"
	"github.com/weftwork/weftwork/chaincode/service"
)

// authority is a CA that issues the certificates of both ends.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require(t, err)
	cert, err := x509.ParseCertificate(der)
	require(t, err)
	return &authority{t, cert, key}
}

func (a *authority) issue(name string) (cert, key []byte) {
	a.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require(a.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotAfter:    time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	require(a.t, err)
	encoded, err := x509.MarshalECPrivateKey(private)
	require(a.t, err)
	return pemOf("CERTIFICATE", der), pemOf("EC PRIVATE KEY", encoded)
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func require(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// environment writes the files that the variables name.
func environment(t *testing.T, ca *authority) map[string]string {
	t.Helper()
	cert, key := ca.issue("chaincode.factory1")
	folder := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		require(t, os.WriteFile(path, text, 0o600))
		return path
	}
	return map[string]string{
		"CHAINCODE_SERVER_ADDRESS": freeAddress(t), "CHAINCODE_ID": "weftwork:abc",
		"CHAINCODE_CLIENT_NAME": "peer.factory1",
		"CHAINCODE_TLS_KEY":     write("key.pem", key), "CHAINCODE_TLS_CERT": write("cert.pem", cert),
		"CHAINCODE_CLIENT_CA_CERT": write("ca.pem", pemOf("CERTIFICATE", ca.cert.Raw)),
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

func TestTreasurersAreAListThatMayBeEmpty(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, " , ": nil, "AMSP": {"AMSP"}, "AMSP, BMSP,": {"AMSP", "BMSP"},
	} {
		variables := environment(t, newAuthority(t))
		variables["WEFTWORK_TREASURERS"] = text
		config, err := server.FromEnvironment(func(name string) string { return variables[name] })
		require(t, err)
		if !slices.Equal(config.Treasurers, want) {
			t.Errorf("%q is read as %q", text, config.Treasurers)
		}
	}
}

func TestTheConfigurationIsComplete(t *testing.T) {
	for name := range environment(t, newAuthority(t)) {
		variables := environment(t, newAuthority(t))
		delete(variables, name)
		_, err := server.FromEnvironment(func(name string) string { return variables[name] })
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestAWrongFileIsNamed(t *testing.T) {
	for _, name := range []string{"CHAINCODE_TLS_KEY", "CHAINCODE_TLS_CERT", "CHAINCODE_CLIENT_CA_CERT"} {
		variables := environment(t, newAuthority(t))
		require(t, os.WriteFile(variables[name], []byte("nothing"), 0o600))
		_, err := server.FromEnvironment(func(name string) string { return variables[name] })
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("with a wrong %s: %v", name, err)
		}
	}
}

func TestServeAnswersAPeerWithACertificateAndStops(t *testing.T) {
	ca := newAuthority(t)
	variables := environment(t, ca)
	stop, stopped := start(t, variables)
	listening(t, variables["CHAINCODE_SERVER_ADDRESS"])

	cert, key := ca.issue("peer.factory1")
	pair, err := tls.X509KeyPair(cert, key)
	require(t, err)
	good := &tls.Config{RootCAs: ca.pool(), ServerName: "localhost", Certificates: []tls.Certificate{pair}}
	message, err := connect(variables["CHAINCODE_SERVER_ADDRESS"], good)
	require(t, err)
	if message.GetType() != peer.ChaincodeMessage_REGISTER || !strings.Contains(string(message.GetPayload()), "weftwork:abc") {
		t.Errorf("the chaincode introduces itself by %v", message)
	}
	refused := map[string]*tls.Config{
		"no certificate": {RootCAs: ca.pool(), ServerName: "localhost"},
		"an old TLS":     {RootCAs: ca.pool(), ServerName: "localhost", Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12},
	}
	for what, issuer := range map[string]struct {
		ca   *authority
		name string
	}{"a foreign certificate": {newAuthority(t), "peer.factory1"}, "another member's certificate": {ca, "node.factory1"}} {
		cert, key := issuer.ca.issue(issuer.name)
		other, err := tls.X509KeyPair(cert, key)
		require(t, err)
		refused[what] = &tls.Config{RootCAs: ca.pool(), ServerName: "localhost", Certificates: []tls.Certificate{other}}
	}
	for what, config := range refused {
		if message, err := connect(variables["CHAINCODE_SERVER_ADDRESS"], config); err == nil {
			t.Errorf("%s is answered by %v", what, message)
		}
	}

	stop()
	select {
	case err := <-stopped:
		require(t, err)
	case <-time.After(10 * time.Second):
		t.Error("the service does not stop")
	}
}

func TestAnAddressInUseIsAnError(t *testing.T) {
	variables := environment(t, newAuthority(t))
	listener, err := net.Listen("tcp", variables["CHAINCODE_SERVER_ADDRESS"])
	require(t, err)
	defer listener.Close()
	_, stopped := start(t, variables)
	if err := <-stopped; err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("%v", err)
	}
}

func start(t *testing.T, variables map[string]string) (stop func(), stopped chan error) {
	t.Helper()
	config, err := server.FromEnvironment(func(name string) string { return variables[name] })
	require(t, err)
	log := slog.New(slog.DiscardHandler)
	chaincode, err := service.New(clock.Clock{}, config.Treasurers, log)
	require(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	stopped = make(chan error, 1)
	go func() { stopped <- server.Serve(ctx, config, chaincode, log) }()
	return cancel, stopped
}

// connect is what a peer does first.
func connect(address string, config *tls.Config) (*peer.ChaincodeMessage, error) {
	connection, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	stream, err := peer.NewChaincodeClient(connection).Connect(ctx)
	if err != nil {
		return nil, err
	}
	return stream.Recv()
}

// listening waits until the address accepts connections.
func listening(t *testing.T, address string) {
	t.Helper()
	for range 500 {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			connection.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("nobody listens at %s", address)
}

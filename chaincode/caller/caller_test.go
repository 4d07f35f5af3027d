package caller_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

type creator []byte

func (c creator) GetCreator() ([]byte, error) { return c, nil }

func creatorOf(t *testing.T, text []byte) creator {
	t.Helper()
	bytes, err := proto.Marshal(&msp.SerializedIdentity{Mspid: "Factory1MSP", IdBytes: text})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// withoutECDSA is a certificate for a key of another kind, with something before its PEM.
func withoutECDSA(t *testing.T) []byte {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "node"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte("a stowaway\n"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

func TestOnlyTheCertificateIsRecorded(t *testing.T) {
	who, err := caller.Of(creatorOf(t, withoutECDSA(t)))
	if err != nil {
		t.Fatal(err)
	}
	if block, rest := pem.Decode([]byte(who.PEM())); block == nil || len(rest) > 0 || who.PEM()[0] != '-' {
		t.Errorf("recorded as %q", who.PEM())
	}
}

func TestSignaturesAreECDSA(t *testing.T) {
	who, err := caller.Of(creatorOf(t, withoutECDSA(t)))
	if err != nil {
		t.Fatal(err)
	}
	ledgertest.RequireFault(t, who.VerifySignature(nil, "AAAA").Error(), fault.PermissionDenied, "ECDSA")
}

func TestWhatIsNoCertificateIsRefused(t *testing.T) {
	for _, text := range [][]byte{
		nil, []byte("x"), []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
	} {
		_, err := caller.Of(creatorOf(t, text))
		if err == nil {
			t.Fatalf("%q is accepted", text)
		}
		ledgertest.RequireFault(t, err.Error(), fault.PermissionDenied)
	}
	if _, err := caller.Of(creator(nil)); err == nil {
		t.Error("no creator at all is accepted")
	}
}

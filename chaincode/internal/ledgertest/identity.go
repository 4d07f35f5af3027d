package ledgertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"github.com/weftwork/weftwork/chaincode/state"
)

// attributesOID is the extension that Fabric CA puts a certificate's attributes into.
var attributesOID = asn1.ObjectIdentifier{1, 2, 3, 4, 5, 6, 7, 8, 1}

// Identity is a certificate with its key, as a CA of an organisation would issue them.
type Identity struct {
	MSPID      string
	CommonName string
	key        *ecdsa.PrivateKey
	creator    []byte
}

// NewIdentity issues a certificate with the role; "" grants none.
func NewIdentity(t testing.TB, mspID, commonName, role string) *Identity {
	t.Helper()
	attributes, err := json.Marshal(map[string]any{"attrs": map[string]string{"weftwork.role": role}})
	must(t, err)
	if role == "" {
		attributes = []byte(`{"attrs":{}}`)
	}
	return NewIdentityWith(t, mspID, commonName, attributes)
}

// NewIdentityWith issues a certificate whose attribute extension holds just these bytes.
func NewIdentityWith(t testing.TB, mspID, commonName string, attributes []byte) *Identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	must(t, err)
	template := &x509.Certificate{
		SerialNumber:    serial,
		Subject:         pkix.Name{CommonName: commonName, OrganizationalUnit: []string{"client"}},
		NotBefore:       time.Unix(0, 0),
		NotAfter:        time.Unix(1<<33, 0),
		ExtraExtensions: []pkix.Extension{{Id: attributesOID, Value: attributes}},
	}
	issuer := &x509.Certificate{Subject: pkix.Name{CommonName: "ca." + mspID}}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, key)
	must(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: mspID, IdBytes: text})
	must(t, err)
	return &Identity{MSPID: mspID, CommonName: commonName, key: key, creator: creator}
}

// Key is the public key as it is recorded: base64 of DER.
func (i *Identity) Key(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&i.key.PublicKey)
	must(t, err)
	return base64.StdEncoding.EncodeToString(der)
}

// Sign signs an update as a node does.
func (i *Identity) Sign(t testing.TB, task string, round int, digest string) string {
	t.Helper()
	return i.SignBytes(t, state.UpdateMessage(task, round, digest))
}

// SignBytes is the base64 of a signature of the message.
func (i *Identity) SignBytes(t testing.TB, message []byte) string {
	t.Helper()
	hash := sha256.Sum256(message)
	signature, err := ecdsa.SignASN1(rand.Reader, i.key, hash[:])
	must(t, err)
	return base64.StdEncoding.EncodeToString(signature)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Package caller says who signed a transaction: always read from its certificate, never an argument.
package caller

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"unicode"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// RoleAttribute is the certificate attribute that an organisation's CA grants a role with.
const RoleAttribute = "weftwork.role"

// The roles.
const (
	Provider  = "provider"  // trains on its own data
	Archive   = "archive"   // keeps and serves a requester's artifacts
	Requester = "requester" // publishes tasks
	Treasurer = "treasurer" // makes deposits
)

const (
	maxCommonName  = 64        // X.520's upper bound
	maxCertificate = 16 * 1024 // bytes of DER; it is copied into the ledger
)

// Caller is the identity behind a transaction. MSPID and ID together are unique in the channel and
// survive re-enrolment: ID is made of the certificate's subject and issuer.
type Caller struct {
	MSPID       string
	ID          string
	CommonName  string
	Role        string
	Certificate *x509.Certificate
}

// Of reads the caller from the transaction's creator. The peer has validated the certificate's
// chain; what is checked here is that it is one that we can record: X.509, with a plain common name.
func Of(stub cid.ChaincodeStubInterface) (*Caller, error) {
	identity, err := cid.New(stub)
	if err != nil {
		return nil, fault.PermissionDenied.Errorf("the creator's certificate cannot be read: %v", err)
	}
	certificate, err := identity.GetX509Certificate()
	if err != nil || certificate == nil {
		return nil, fault.PermissionDenied.Errorf("the creator is not identified by an X.509 certificate")
	}
	if err := recordable(certificate); err != nil {
		return nil, err
	}
	return describe(identity, certificate)
}

func describe(identity *cid.ClientID, certificate *x509.Certificate) (*Caller, error) {
	id, err := identity.GetID()
	if err != nil {
		return nil, fault.PermissionDenied.Errorf("the creator has no identity: %v", err)
	}
	mspID, err := identity.GetMSPID()
	if err != nil {
		return nil, fault.PermissionDenied.Errorf("the creator has no MSP: %v", err)
	}
	role, _, err := identity.GetAttributeValue(RoleAttribute)
	if err != nil {
		return nil, fault.PermissionDenied.Errorf("the certificate's attributes cannot be read: %v", err)
	}
	return &Caller{
		MSPID: mspID, ID: id, CommonName: certificate.Subject.CommonName,
		Role: role, Certificate: certificate,
	}, nil
}

func recordable(certificate *x509.Certificate) error {
	name := certificate.Subject.CommonName
	if name == "" || len(name) > maxCommonName || strings.ContainsFunc(name, unicode.IsControl) {
		return fault.PermissionDenied.Errorf("the certificate's common name is empty, too long or not plain text")
	}
	if len(certificate.Raw) > maxCertificate {
		return fault.PermissionDenied.Errorf("the certificate has %d bytes, more than %d",
			len(certificate.Raw), maxCertificate)
	}
	return nil
}

// Require refuses a caller whose certificate grants none of the roles.
func (c *Caller) Require(roles ...string) error {
	if slices.Contains(roles, c.Role) {
		return nil
	}
	return fault.PermissionDenied.Errorf("the certificate of %s has %s=%.40q; this call needs %s",
		c.CommonName, RoleAttribute, c.Role, strings.Join(roles, " or "))
}

// Key is the certificate's public key: base64 of the DER SubjectPublicKeyInfo.
func (c *Caller) Key() string {
	return base64.StdEncoding.EncodeToString(c.Certificate.RawSubjectPublicKeyInfo)
}

// PEM is the certificate as it is recorded: re-encoded, so that nothing rides along with it.
func (c *Caller) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate.Raw}))
}

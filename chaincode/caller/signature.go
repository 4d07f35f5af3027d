package caller

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// maxSignature bounds a DER ECDSA signature (P-521: 139 bytes).
const maxSignature = 144

// VerifySignature checks a base64 DER ECDSA-SHA256 signature over message with the key of the
// caller's certificate. What it covers is thereby provable to those who never see the transaction.
func (c *Caller) VerifySignature(message []byte, signature string) error {
	key, ok := c.Certificate.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return fault.PermissionDenied.Errorf("the certificate of %s has no ECDSA key", c.CommonName)
	}
	if len(signature) > base64.StdEncoding.EncodedLen(maxSignature) {
		return fault.InvalidArgument.Errorf("signature: longer than any ECDSA signature")
	}
	der, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return fault.InvalidArgument.Errorf("signature: not base64")
	}
	hash := sha256.Sum256(message)
	if !ecdsa.VerifyASN1(key, hash[:], der) {
		return fault.InvalidArgument.Errorf(
			"signature: not one over %q by the key of %s's certificate", message, c.CommonName)
	}
	return nil
}

package state

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/document"
)

// Get reads one record, nil where there is none. It sees the ledger as it was before this
// transaction, and makes the transaction fail if another changes the record first.
func Get[T any](stub shim.ChaincodeStubInterface, key Key[T]) (*T, error) {
	value, err := read(stub, key)
	if err != nil || value == nil {
		return nil, err
	}
	return decode[T](key.kind, value)
}

// Digest is the SHA-256, in hex, of a record's bytes as the ledger holds them.
func Digest[T any](stub shim.ChaincodeStubInterface, key Key[T]) (string, error) {
	value, err := read(stub, key)
	digest := sha256.Sum256(value)
	return hex.EncodeToString(digest[:]), err
}

func read[T any](stub shim.ChaincodeStubInterface, key Key[T]) ([]byte, error) {
	name, err := key.name(stub)
	if err != nil {
		return nil, err
	}
	value, err := stub.GetState(name)
	if err != nil {
		return nil, fmt.Errorf("read a %s from the ledger: %w", key.kind, err)
	}
	return value, nil
}

// Exists says whether there is a record under the key.
func Exists[T any](stub shim.ChaincodeStubInterface, key Key[T]) (bool, error) {
	value, err := read(stub, key)
	return value != nil, err
}

// Put writes one record, as canonical JSON.
func Put[T any](stub shim.ChaincodeStubInterface, key Key[T], record *T) error {
	name, err := key.name(stub)
	if err != nil {
		return err
	}
	value, err := document.Canonical(record)
	if err != nil {
		return err
	}
	if err := stub.PutState(name, value); err != nil {
		return fmt.Errorf("write a %s to the ledger: %w", key.kind, err)
	}
	return nil
}

func (k Key[T]) name(stub shim.ChaincodeStubInterface) (string, error) {
	name, err := stub.CreateCompositeKey(string(k.kind), k.parts)
	if err != nil {
		return "", fmt.Errorf("form a key of a %s: %w", k.kind, err)
	}
	return name, nil
}

func decode[T any](kind Kind, value []byte) (*T, error) {
	record := new(T)
	if err := json.Unmarshal(value, record); err != nil {
		return nil, fmt.Errorf("decode a %s from the ledger: %w", kind, err)
	}
	return record, nil
}

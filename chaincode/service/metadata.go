package service

import (
	"encoding/json"
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/metadata"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// Version is the version of the interface that clients see.
const Version = "1.0.0"

// complete adds to the contract API's metadata what it cannot know by reflection: the names of the
// arguments, and what this chaincode is.
func complete(reflected *peer.Response) *peer.Response {
	var document metadata.ContractChaincodeMetadata
	if err := json.Unmarshal(reflected.GetPayload(), &document); err != nil {
		return shim.Error(fmt.Sprintf("read the metadata: %v", err))
	}
	document.Info = &metadata.InfoMetadata{
		Title: "weftwork", Version: Version,
		Description: "Federated learning between organisations that do not trust each other",
		License:     &metadata.LicenseMetadata{Name: "Apache-2.0"},
	}
	for contract, functions := range catalogue {
		document.Contracts[contract].Info.Version = Version
		transactions := document.Contracts[contract].Transactions
		for i := range transactions {
			for j, name := range functions[transactions[i].Name] {
				transactions[i].Parameters[j].Name = name
			}
		}
	}
	payload, err := json.Marshal(document)
	if err != nil {
		return shim.Error(fmt.Sprintf("write the metadata: %v", err))
	}
	return shim.Success(payload)
}

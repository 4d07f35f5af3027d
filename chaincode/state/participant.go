package state

// Participant is a registered identity. Written by that identity alone.
type Participant struct {
	Name           string `json:"name"`
	MSPID          string `json:"msp_id"`
	CommonName     string `json:"common_name"`
	Role           string `json:"role"`
	Certificate    string `json:"certificate"`
	Endpoint       string `json:"endpoint"`
	State          string `json:"state"`
	RegisteredAtMs int64  `json:"registered_at_ms"`
	TxID           string `json:"tx_id"`
}

// Identity is the index from an identity to the one name that it registered.
type Identity struct {
	Name string `json:"name"`
}

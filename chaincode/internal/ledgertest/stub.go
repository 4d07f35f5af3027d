package ledgertest

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// stub simulates one transaction on one endorser, as the shim and the peer together do: reads see the
// committed state only, and leave versions behind that the validation compares. What it does not
// implement panics, by the nil interface that it embeds.
type stub struct {
	shim.ChaincodeStubInterface
	ledger    *Ledger
	txID      string
	args      []string
	creator   []byte
	at        time.Time
	reads     map[string]int
	writes    map[string]string
	paginated bool
	ranges    int
	event     *peer.ChaincodeEvent
	events    int
	failing   int // the read of this number fails; 0: none does
}

var errRead = errors.New("the peer cannot read")

// count counts a read, and fails it if it is the one.
func (s *stub) count() error {
	if s.failing--; s.failing == 0 {
		return errRead
	}
	return nil
}

func (s *stub) GetTxID() string             { return s.txID }
func (s *stub) GetCreator() ([]byte, error) { return s.creator, nil }
func (s *stub) GetStringArgs() []string     { return s.args }

func (s *stub) GetFunctionAndParameters() (string, []string) { return s.args[0], s.args[1:] }

func (s *stub) GetTxTimestamp() (*timestamppb.Timestamp, error) { return timestamppb.New(s.at), nil }

func (s *stub) GetState(key string) ([]byte, error) {
	if err := s.count(); err != nil {
		return nil, err
	}
	entry, found := s.ledger.committed[key]
	s.reads[key] = entry.version
	if !found {
		return nil, nil
	}
	return []byte(entry.value), nil
}

func (s *stub) PutState(key string, value []byte) error {
	switch {
	case key == "":
		return errors.New("key must not be an empty string")
	case len(value) == 0:
		return errors.New("the peer would take an empty value for a deletion")
	case s.paginated:
		return errors.New("transaction has already performed a paginated query. Writes are not allowed")
	}
	s.writes[key] = string(value)
	return nil
}

func (s *stub) SetEvent(name string, payload []byte) error {
	if name == "" {
		return errors.New("event name can not be empty string")
	}
	s.event = &peer.ChaincodeEvent{EventName: name, Payload: payload}
	s.events++
	return nil
}

func (s *stub) CreateCompositeKey(objectType string, attributes []string) (string, error) {
	key := "\x00"
	for _, part := range append([]string{objectType}, attributes...) {
		if !utf8.ValidString(part) || strings.ContainsAny(part, "\x00\U0010FFFF") {
			return "", errors.New("input contains unicode that is not allowed in a composite key")
		}
		key += part + "\x00"
	}
	return key, nil
}

func (s *stub) GetStateByPartialCompositeKey(objectType string, attributes []string) (shim.StateQueryIteratorInterface, error) {
	s.ranges++
	if err := s.count(); err != nil {
		return nil, err
	}
	keys, err := s.keysFrom(objectType, attributes, "")
	return &iterator{s, keys}, err
}

func (s *stub) GetStateByPartialCompositeKeyWithPagination(objectType string, attributes []string, pageSize int32, bookmark string) (
	shim.StateQueryIteratorInterface, *peer.QueryResponseMetadata, error,
) {
	if len(s.writes) > 0 {
		return nil, nil, errors.New("transaction has already performed writes. Paginated queries are not allowed")
	}
	s.paginated = true
	if err := s.count(); err != nil {
		return nil, nil, err
	}
	keys, err := s.keysFrom(objectType, attributes, bookmark)
	metadata := &peer.QueryResponseMetadata{}
	if len(keys) > int(pageSize) {
		metadata.Bookmark, keys = keys[pageSize], keys[:pageSize]
	}
	metadata.FetchedRecordsCount = int32(len(keys))
	return &iterator{s, keys}, metadata, err
}

func (s *stub) keysFrom(objectType string, attributes []string, from string) ([]string, error) {
	prefix, err := s.CreateCompositeKey(objectType, attributes)
	if err != nil {
		return nil, err
	}
	var keys []string
	for key := range s.ledger.committed {
		if strings.HasPrefix(key, prefix) && key >= from {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

type iterator struct {
	stub *stub
	keys []string
}

func (i *iterator) HasNext() bool { return len(i.keys) > 0 }
func (i *iterator) Close() error  { return nil }

func (i *iterator) Next() (*queryresult.KV, error) {
	if err := i.stub.count(); err != nil {
		return nil, err
	}
	key := i.keys[0]
	i.keys = i.keys[1:]
	return &queryresult.KV{Key: key, Value: []byte(i.stub.ledger.committed[key].value)}, nil
}

package state

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/fault"
)

const (
	defaultPageSize = 50
	maxPageSize     = 200
)

// Page is one page of a query. Bookmark asks for the next one; it is empty after the last.
type Page[T any] struct {
	Items    []T    `json:"items"`
	Bookmark string `json:"bookmark"`
}

// Range names the records of a kind whose keys begin alike. Only queries read ranges.
type Range[T any] struct{ prefix Key[T] }

// Participants are all participants, by name.
func Participants() Range[Participant] {
	return Range[Participant]{Key[Participant]{kindParticipant, nil}}
}

// Tasks are all tasks, by identifier.
func Tasks() Range[Task] { return Range[Task]{Key[Task]{kindTask, nil}} }

// Joins are all joinings of a task, by name.
func Joins(task string) Range[Join] { return Range[Join]{Key[Join]{kindJoin, []string{task}}} }

// Leaves are all leavings of a task, by name.
func Leaves(task string) Range[Leave] { return Range[Leave]{Key[Leave]{kindLeave, []string{task}}} }

// Rounds are the records of a task's committed rounds, in order.
func Rounds(task string) Range[Round] { return Range[Round]{Key[Round]{kindRound, []string{task}}} }

// Deposits are all deposits, by reference.
func Deposits() Range[Deposit] { return Range[Deposit]{Key[Deposit]{kindDeposit, nil}} }

// Coins are all coins of an owner, spent ones too; those of everyone for "".
func Coins(owner string) Range[Coin] { return Range[Coin]{Key[Coin]{kindCoin, given(owner)}} }

// SpentCoins are what an owner has spent; what everyone has for "".
func SpentCoins(owner string) Range[Spent] { return Range[Spent]{Key[Spent]{kindSpent, given(owner)}} }

// Escrows are those of all tasks, settled ones too.
func Escrows() Range[Escrow] { return Range[Escrow]{Key[Escrow]{kindEscrow, nil}} }

// Settlements are those of all tasks that have ended.
func Settlements() Range[Settlement] { return Range[Settlement]{Key[Settlement]{kindSettlement, nil}} }

func given(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// Each calls use for every record of the range, however many there are: a peer cuts one long read
// short without saying so, and never a page.
func (r Range[T]) Each(stub shim.ChaincodeStubInterface, use func(*T)) error {
	for bookmark := ""; ; {
		page, err := r.Page(stub, strconv.Itoa(maxPageSize), bookmark)
		if err != nil {
			return err
		}
		for i := range page.Items {
			use(&page.Items[i])
		}
		if bookmark = page.Bookmark; bookmark == "" {
			return nil
		}
	}
}

// All reads a whole range.
func (r Range[T]) All(stub shim.ChaincodeStubInterface) ([]T, error) {
	records, err := stub.GetStateByPartialCompositeKey(string(r.prefix.kind), r.prefix.parts)
	if err != nil {
		return nil, fmt.Errorf("read %ss from the ledger: %w", r.prefix.kind, err)
	}
	return collect[T](r.prefix.kind, records)
}

// Page reads one page. Both arguments are the client's: pageSize "" is 50, the first bookmark "".
func (r Range[T]) Page(stub shim.ChaincodeStubInterface, pageSize, bookmark string) (*Page[T], error) {
	size, err := parsePageSize(pageSize)
	if err != nil {
		return nil, err
	}
	from, err := r.resume(stub, bookmark)
	if err != nil {
		return nil, err
	}
	records, metadata, err := stub.GetStateByPartialCompositeKeyWithPagination(
		string(r.prefix.kind), r.prefix.parts, size, from)
	if err != nil {
		return nil, fmt.Errorf("read %ss from the ledger: %w", r.prefix.kind, err)
	}
	items, err := collect[T](r.prefix.kind, records)
	if err != nil {
		return nil, err
	}
	// The peer's bookmark is a key, with NULs in it: encoded, it fits a command line.
	next := base64.RawURLEncoding.EncodeToString([]byte(metadata.GetBookmark()))
	return &Page[T]{Items: items, Bookmark: next}, nil
}

// resume is the key that the bookmark stands for. One from outside the range would read other records.
func (r Range[T]) resume(stub shim.ChaincodeStubInterface, bookmark string) (string, error) {
	if bookmark == "" {
		return "", nil
	}
	prefix, err := r.prefix.name(stub)
	if err != nil {
		return "", err
	}
	from, err := base64.RawURLEncoding.Strict().DecodeString(bookmark)
	if err != nil || !utf8.Valid(from) || !strings.HasPrefix(string(from), prefix) {
		return "", fault.InvalidArgument.Errorf("bookmark: not one that a page of this query came with")
	}
	return string(from), nil
}

func collect[T any](kind Kind, records shim.StateQueryIteratorInterface) ([]T, error) {
	defer records.Close()
	items := []T{}
	for records.HasNext() {
		entry, err := records.Next()
		if err != nil {
			return nil, fmt.Errorf("read %ss from the ledger: %w", kind, err)
		}
		item, err := decode[T](kind, entry.GetValue())
		if err != nil {
			return nil, err
		}
		items = append(items, *item)
	}
	return items, nil
}

func parsePageSize(text string) (int32, error) {
	if text == "" {
		return defaultPageSize, nil
	}
	size, err := strconv.ParseInt(text, 10, 32)
	if err != nil || size < 1 || size > maxPageSize {
		return 0, fault.InvalidArgument.Errorf("pageSize: %.20q is not in 1..%d", text, maxPageSize)
	}
	return int32(size), nil
}

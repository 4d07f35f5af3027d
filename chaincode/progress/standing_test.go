package progress

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/state"
)

// counted is a ledger on which so many tasks were counted for each organisation.
type counted struct {
	shim.ChaincodeStubInterface
	tasks int
	asked []string
}

func (c *counted) CreateCompositeKey(kind string, parts []string) (string, error) {
	return shim.CreateCompositeKey(kind, parts)
}

func (c *counted) GetState(key string) ([]byte, error) {
	c.asked = append(c.asked, key)
	parts := strings.Split(strings.Trim(key, "\x00"), "\x00")
	number, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil || number > c.tasks {
		return nil, err
	}
	return json.Marshal(state.Record{MSPID: parts[1], Number: number})
}

// No number is the last: after a hundred thousand tasks, and many more, the next one counts as well.
func TestAStandingIsTheNewestHoweverManyThereAre(t *testing.T) {
	for _, tasks := range []int{0, 1, 99_998, 99_999, 100_000, 100_001, 1 << 40, state.MaxRecords - 1} {
		stub := &counted{tasks: tasks}
		standing, err := StandingOf(stub, "Factory1MSP")
		if err != nil || standing.Number != tasks {
			t.Errorf("after %d tasks the newest is %v (%v)", tasks, standing, err)
		}
		ordered := slices.Clone(stub.asked)
		slices.Sort(ordered)
		slices.SortFunc(stub.asked, func(a, b string) int { return numberIn(t, a) - numberIn(t, b) })
		if !slices.Equal(ordered, stub.asked) {
			t.Errorf("keys do not sort as their numbers do: %q", ordered)
		}
	}
}

func numberIn(t *testing.T, key string) int {
	t.Helper()
	parts := strings.Split(strings.Trim(key, "\x00"), "\x00")
	number, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil {
		t.Fatal(err)
	}
	return number
}

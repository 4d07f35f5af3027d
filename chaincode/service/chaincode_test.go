package service_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
	"github.com/weftwork/weftwork/chaincode/service"
)

func TestOnlyTheCataloguesFunctionsAreServed(t *testing.T) {
	ledger := ledgertest.New(t)
	anyone := ledgertest.NewIdentity(t, "Factory1MSP", "node", "provider")
	for _, function := range []string{
		"", ":", "Publish", "Tasks", "Tasks:", "Tasks:publish", "Tasks:Nothing", "tasks:Publish", "Accounts:Mint",
		"Tasks:GetName", "Tasks:GetEvaluateTransactions", "x:Tasks:Publish", strings.Repeat("x", 10_000),
	} {
		message := ledger.Endorse(anyone, function).Message
		ledgertest.RequireFault(t, message, fault.NotFound)
		if len(message) > 200 {
			t.Errorf("%.40s... is answered at length", function)
		}
	}
}

func TestTheNumberOfArgumentsIsExact(t *testing.T) {
	ledger := ledgertest.New(t)
	anyone := ledgertest.NewIdentity(t, "Factory1MSP", "node", "provider")
	ledger.Refuse(fault.InvalidArgument, []string{"takes 1 arguments (id), not 0"}, anyone, "Tasks:Get")
	ledger.Refuse(fault.InvalidArgument, []string{"(id, reason), not 3"}, anyone, "Tasks:Leave", "a", "b", "c")
}

func TestTheMetadataIsComplete(t *testing.T) {
	ledger := ledgertest.New(t)
	anyone := ledgertest.NewIdentity(t, "Factory1MSP", "node", "")
	metadata := ledger.Query(anyone, "org.hyperledger.fabric:GetMetadata")
	if info := metadata["info"].(ledgertest.Record); info["title"] != "weftwork" || info["version"] != service.Version {
		t.Errorf("info is %v", info)
	}
	functions := 0
	for _, contract := range []string{"Participants", "Tasks", "Rounds", "Committee", "Accounts"} {
		described := metadata["contracts"].(ledgertest.Record)[contract].(ledgertest.Record)
		if described["info"].(ledgertest.Record)["version"] != service.Version {
			t.Errorf("%s is %v", contract, described["info"])
		}
		for _, item := range described["transactions"].([]any) {
			functions++
			checkFunction(t, ledger, contract, item.(ledgertest.Record))
		}
	}
	if functions != 34 {
		t.Errorf("%d functions are described", functions)
	}
}

// checkFunction: arguments have names, queries are tagged, and the catalogue serves the function.
func checkFunction(t *testing.T, ledger *ledgertest.Ledger, contract string, function ledgertest.Record) {
	t.Helper()
	name := function["name"].(string)
	tag := "submit"
	if strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") {
		tag = "evaluate"
	}
	if function["tag"].([]any)[0] != tag {
		t.Errorf("%s:%s is tagged %v", contract, name, function["tag"])
	}
	parameters, _ := function["parameters"].([]any)
	for _, parameter := range parameters {
		if strings.HasPrefix(parameter.(ledgertest.Record)["name"].(string), "param") {
			t.Errorf("%s:%s has nameless arguments", contract, name)
		}
	}
	stranger := ledgertest.NewIdentity(t, "Factory1MSP", "node", "provider")
	message := ledger.Endorse(stranger, contract+":"+name, make([]string, len(parameters))...).Message
	if strings.Contains(message, "there is no function") || strings.Contains(message, "arguments (") {
		t.Errorf("%s:%s: %s", contract, name, message)
	}
}

func TestACertificateThatCannotBeReadIsRefused(t *testing.T) {
	ledger := ledgertest.New(t)
	for _, broken := range []*ledgertest.Identity{
		ledgertest.NewIdentityWith(t, "EvilMSP", "node", []byte("not JSON")),
		ledgertest.NewIdentityWith(t, "EvilMSP", "node", []byte(`{"attrs":7}`)),
		ledgertest.NewIdentity(t, "EvilMSP", "", "provider"),
		ledgertest.NewIdentity(t, "EvilMSP", "no\x1bde", "provider"),
		ledgertest.NewIdentity(t, "EvilMSP", strings.Repeat("x", 65), "provider"),
		ledgertest.NewIdentityWith(t, "EvilMSP", "node", []byte(`{"attrs":{"x":"`+strings.Repeat("x", 17_000)+`"}}`)),
	} {
		ledger.Refuse(fault.PermissionDenied, []string{"certificate"}, broken, "Participants:Register", "evil", "localhost:1")
	}
}

// broken is a stub of a peer that has gone mad.
type broken struct {
	shim.ChaincodeStubInterface
	entered chan struct{}
	leave   chan struct{}
}

func (*broken) GetTxID() string { return "tx-1" }

func (*broken) GetFunctionAndParameters() (string, []string) {
	return "Tasks:Get", []string{"secret"}
}

func (b *broken) GetCreator() ([]byte, error) {
	if b.entered != nil {
		close(b.entered)
		<-b.leave
	}
	return nil, nil
}

func TestAPanicEndsOneCallOnly(t *testing.T) {
	var log bytes.Buffer
	chaincode, err := service.New(clock.Clock{}, nil, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	response := chaincode.Invoke(&broken{})
	if response.GetStatus() != shim.ERROR || !strings.HasPrefix(response.GetMessage(), "INTERNAL: ") {
		t.Errorf("answered %v", response)
	}
	for _, part := range []string{"panic", "tx_id=tx-1", "function=Tasks:Get", "code=INTERNAL"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("%s is not in %s", part, log.String())
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("an argument is in %s", log.String())
	}
}

func TestDrainWaitsForRunningTransactions(t *testing.T) {
	chaincode, err := service.New(clock.Clock{}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	stub := &broken{entered: make(chan struct{}), leave: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		chaincode.Invoke(stub)
		close(done)
	}()
	<-stub.entered
	time.AfterFunc(50*time.Millisecond, func() { close(stub.leave) })
	chaincode.Drain(time.Minute)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Error("drained while a transaction was running")
	}
}

func TestDrainHasNoPatienceForever(t *testing.T) {
	chaincode, err := service.New(clock.Clock{}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	stub := &broken{entered: make(chan struct{}), leave: make(chan struct{})}
	go chaincode.Invoke(stub)
	defer close(stub.leave)
	<-stub.entered
	chaincode.Drain(20 * time.Millisecond) // returns, though the transaction never does
}

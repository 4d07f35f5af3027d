package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type probe struct{}

type function func(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error)

// functions lists what the tests can call, with the number of arguments of each.
var functions = map[string]struct {
	arity int
	call  function
}{
	"Put":        {2, put},
	"Get":        {1, get},
	"Add":        {2, add},
	"Emit":       {2, emit},
	"Refuse":     {1, refuse},
	"Sleep":      {2, sleep},
	"Fill":       {1, fill},
	"Disagree":   {0, disagree},
	"Transient":  {1, transient},
	"PutPrivate": {3, putPrivate},
	"GetPrivate": {2, getPrivate},
	// What every chaincode of the contract API answers, and the network asks to see that it is up.
	"org.hyperledger.fabric:GetMetadata": {0, metadata},
}

func (probe) Init(shim.ChaincodeStubInterface) *peer.Response {
	return shim.Success(nil)
}

func (probe) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	name, arguments := stub.GetFunctionAndParameters()
	function, known := functions[name]
	if !known || len(arguments) != function.arity {
		return shim.Error(fmt.Sprintf("INVALID_ARGUMENT: no function %s of %d arguments", name, len(arguments)))
	}
	result, err := function.call(stub, arguments)
	if err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(result)
}

// put writes a value without reading the one before.
func put(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	return []byte(arguments[1]), stub.PutState(arguments[0], []byte(arguments[1]))
}

func get(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	value, err := stub.GetState(arguments[0])
	if err == nil && value == nil {
		return nil, fmt.Errorf("NOT_FOUND: no key %q", arguments[0])
	}
	return value, err
}

// add reads a counter and writes it: two of them in one block conflict.
func add(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	value, err := stub.GetState(arguments[0])
	if err != nil {
		return nil, err
	}
	before, _ := strconv.Atoi(string(value))
	increment, err := strconv.Atoi(arguments[1])
	if err != nil {
		return nil, fmt.Errorf("INVALID_ARGUMENT: %q is no number", arguments[1])
	}
	sum := []byte(strconv.Itoa(before + increment))
	return sum, stub.PutState(arguments[0], sum)
}

func emit(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	if err := stub.SetEvent(arguments[0], []byte(arguments[1])); err != nil {
		return nil, err
	}
	return nil, stub.PutState("event", []byte(arguments[1]))
}

// refuse fails with the words that it is given.
func refuse(_ shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	return nil, fmt.Errorf("%s", arguments[0])
}

// sleep writes a key after so many milliseconds.
func sleep(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	milliseconds, err := strconv.Atoi(arguments[1])
	if err != nil {
		return nil, fmt.Errorf("INVALID_ARGUMENT: %q is no number", arguments[1])
	}
	time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	return nil, stub.PutState(arguments[0], []byte("slept"))
}

// fill returns so many bytes.
func fill(_ shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	size, err := strconv.Atoi(arguments[0])
	if err != nil {
		return nil, fmt.Errorf("INVALID_ARGUMENT: %q is no number", arguments[0])
	}
	return bytes.Repeat([]byte("x"), size), nil
}

// disagree gives another answer on every peer.
func disagree(stub shim.ChaincodeStubInterface, _ []string) ([]byte, error) {
	noise := make([]byte, 16)
	if _, err := rand.Read(noise); err != nil {
		return nil, err
	}
	return noise, stub.PutState("noise", noise)
}

// transient returns the transient value of that name.
func transient(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	values, err := stub.GetTransient()
	return values[arguments[0]], err
}

// putPrivate writes the transient value of a name to a collection's key.
func putPrivate(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	value, err := transient(stub, arguments[2:])
	if err != nil {
		return nil, err
	}
	return nil, stub.PutPrivateData(arguments[0], arguments[1], value)
}

func getPrivate(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	return stub.GetPrivateData(arguments[0], arguments[1])
}

func metadata(shim.ChaincodeStubInterface, []string) ([]byte, error) {
	return []byte("{}"), nil
}

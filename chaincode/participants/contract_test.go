package participants_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

func TestRegisterRecordsWhatTheCertificateSays(t *testing.T) {
	ledger := ledgertest.New(t)
	factory := ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider")
	record := ledger.Submit(factory, "Participants:Register", "factory1", "node.factory1.example:7070")
	want := ledgertest.Record{
		"name": "factory1", "msp_id": "Factory1MSP", "common_name": "node.factory1", "role": "provider",
		"endpoint": "node.factory1.example:7070", "state": "ACTIVE", "registered_at_ms": ledger.NowMs(),
	}
	for field, value := range want {
		if record[field] != value {
			t.Errorf("%s is %v, want %v", field, record[field], value)
		}
	}
	if pem := record["certificate"].(string); !strings.HasPrefix(pem, "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("certificate is %.40q", pem)
	}
	got := ledger.Query(factory, "Participants:Get", "factory1")
	record["reputation"] = 500_000 // its organisation's, where nothing is known of it
	if ledgertest.JSON(t, got) != ledgertest.JSON(t, record) {
		t.Errorf("Get returns %v", got)
	}
}

func TestRegisterRefusesANameOfAnotherIdentity(t *testing.T) {
	ledger := ledgertest.New(t)
	first := ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider")
	ledger.Submit(first, "Participants:Register", "factory1", "localhost:1")
	for _, other := range []*ledgertest.Identity{
		ledgertest.NewIdentity(t, "Factory2MSP", "node.factory1", "provider"), // the same names, another CA
		ledgertest.NewIdentity(t, "Factory1MSP", "node.other", "provider"),
	} {
		ledger.Refuse(fault.AlreadyExists, []string{"factory1", "another identity", "Factory1MSP"},
			other, "Participants:Register", "factory1", "localhost:1")
	}
}

func TestRegisterRefusesASecondName(t *testing.T) {
	ledger := ledgertest.New(t)
	factory := ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider")
	ledger.Submit(factory, "Participants:Register", "factory1", "localhost:1")
	ledger.Refuse(fault.AlreadyExists, []string{"is registered as factory1"},
		factory, "Participants:Register", "factory9", "localhost:1")
}

func TestRegisterKnowsAReenrolledCertificate(t *testing.T) {
	ledger := ledgertest.New(t)
	ledger.Submit(ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider"),
		"Participants:Register", "factory1", "localhost:1")
	again := ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider") // same subject, new key
	ledger.Repeat(again, "Participants:Register", "factory1", "localhost:1")
	ledger.Refuse(fault.AlreadyExists, []string{"Participants:Register", "change it with UpdateEndpoint", "participant factory1 is ACTIVE; allowed: "},
		again, "Participants:Register", "factory1", "localhost:2")
}

func TestOfTwoRegistrationsInOneBlockOneWins(t *testing.T) {
	ledger := ledgertest.New(t)
	one := ledger.Endorse(ledgertest.NewIdentity(t, "Factory1MSP", "a", "provider"), "Participants:Register", "factory", "localhost:1")
	two := ledger.Endorse(ledgertest.NewIdentity(t, "Factory2MSP", "b", "provider"), "Participants:Register", "factory", "localhost:1")
	if !ledger.Commit(one) || ledger.Commit(two) {
		t.Error("both registrations, or none, were committed")
	}
}

func TestRegisterValidatesItsArguments(t *testing.T) {
	ledger := ledgertest.New(t)
	factory := ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider")
	for _, name := range []string{"", "Factory1", "-a", "a b", "a\x00b", "ä", strings.Repeat("a", 64), "a/b"} {
		ledger.Refuse(fault.InvalidArgument, []string{"name"}, factory, "Participants:Register", name, "localhost:1")
	}
	for _, endpoint := range []string{
		"", "localhost", "localhost:", "localhost:0", "localhost:65536", "localhost:x", ":7070", "a b:1",
		"-a:1", "a..b:1", "http://a:1", "a:1/x", "[::1%eth0]:1", strings.Repeat("a", 254) + ":1", "a\n:1",
	} {
		ledger.Refuse(fault.InvalidArgument, []string{"endpoint"}, factory, "Participants:Register", "factory1", endpoint)
	}
}

func TestRegisterAdmitsHostsAndAddresses(t *testing.T) {
	ledger := ledgertest.New(t)
	for i, endpoint := range []string{"localhost:1", "a.b-c.example:65535", "10.0.0.1:7070", "[2001:db8::1]:7070"} {
		factory := ledgertest.NewIdentity(t, "FactoryMSP", fmt.Sprint("node", i), "provider")
		ledger.Submit(factory, "Participants:Register", fmt.Sprint("factory", i), endpoint)
	}
}

func TestOnlyARequesterMayHaveNoEndpoint(t *testing.T) {
	ledger := ledgertest.New(t)
	ledger.Submit(ledgertest.NewIdentity(t, "RequesterMSP", "r", "requester"), "Participants:Register", "buyer", "")
	ledger.Refuse(fault.InvalidArgument, []string{"endpoint"},
		ledgertest.NewIdentity(t, "RequesterMSP", "a", "archive"), "Participants:Register", "archive", "")
}

func TestAnIdentityWithoutRoleMayNotRegister(t *testing.T) {
	ledger := ledgertest.New(t)
	for _, role := range []string{"", "admin", "Provider"} {
		ledger.Refuse(fault.PermissionDenied, []string{"weftwork.role"},
			ledgertest.NewIdentity(t, "Factory1MSP", "node", role), "Participants:Register", "factory1", "localhost:1")
	}
}

func TestUpdateEndpointRefreshesTheCertificate(t *testing.T) {
	ledger := ledgertest.New(t)
	before := ledger.Submit(ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider"),
		"Participants:Register", "factory1", "localhost:1")
	ledger.Wait(time.Hour)
	again := ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider")
	after := ledger.Submit(again, "Participants:UpdateEndpoint", "localhost:1")
	if after["certificate"] == before["certificate"] {
		t.Error("the certificate is the old one")
	}
	if after["registered_at_ms"] != before["registered_at_ms"] || after["state"] != "ACTIVE" {
		t.Errorf("an update changed more than it should: %v", after)
	}
	moved := ledger.Submit(again, "Participants:UpdateEndpoint", "localhost:2")
	if moved["endpoint"] != "localhost:2" {
		t.Errorf("endpoint is %v", moved["endpoint"])
	}
	ledger.Refuse(fault.InvalidArgument, []string{"endpoint"}, again, "Participants:UpdateEndpoint", "nowhere")
}

func TestWhoIsNotRegisteredHasNothingToChange(t *testing.T) {
	ledger := ledgertest.New(t)
	stranger := ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider")
	ledger.Refuse(fault.PermissionDenied, []string{"not registered"}, stranger, "Participants:UpdateEndpoint", "localhost:1")
	ledger.Refuse(fault.PermissionDenied, []string{"not registered"}, stranger, "Participants:Deactivate")
}

func TestDeactivateAndComeBack(t *testing.T) {
	ledger := ledgertest.New(t)
	factory := ledgertest.NewIdentity(t, "Factory1MSP", "node.factory1", "provider")
	first := ledger.Submit(factory, "Participants:Register", "factory1", "localhost:1")
	record := ledger.Submit(factory, "Participants:Deactivate")
	if record["state"] != "INACTIVE" {
		t.Errorf("state is %v", record["state"])
	}
	ledger.Refuse(fault.IllegalTransition,
		[]string{"participant factory1 is INACTIVE", "Participants:UpdateEndpoint", "allowed: Participants:Register"},
		factory, "Participants:UpdateEndpoint", "localhost:2")
	back := ledger.Submit(factory, "Participants:Register", "factory1", "localhost:2")
	if back["state"] != "ACTIVE" || back["registered_at_ms"] != first["registered_at_ms"] || back["endpoint"] != "localhost:2" {
		t.Errorf("came back as %v", back)
	}
}

func TestGetRefusesWhatDoesNotExist(t *testing.T) {
	ledger := ledgertest.New(t)
	reader := ledgertest.NewIdentity(t, "Factory1MSP", "reader", "")
	ledger.Refuse(fault.NotFound, []string{"factory1"}, reader, "Participants:Get", "factory1")
	ledger.Refuse(fault.InvalidArgument, []string{"name"}, reader, "Participants:Get", "Factory 1")
}

func TestListPages(t *testing.T) {
	consortium := ledgertest.NewConsortium(t, 7) // and the requester and its archive
	var names []string
	bookmark := ""
	for pages := 1; ; pages++ {
		page := consortium.Query(consortium.Requester, "Participants:List", "4", bookmark)
		for _, item := range page["items"].([]any) {
			names = append(names, item.(ledgertest.Record)["name"].(string))
		}
		if bookmark = page["bookmark"].(string); bookmark == "" {
			if pages != 3 {
				t.Errorf("%d pages of four for nine", pages)
			}
			break
		}
	}
	want := "archive buyer factory01 factory02 factory03 factory04 factory05 factory06 factory07"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("listed %s", got)
	}
}

func TestListRefusesWrongPages(t *testing.T) {
	consortium := ledgertest.NewConsortium(t, 1)
	for _, size := range []string{"0", "-1", "201", "1e2", "x", " 1", "99999999999"} {
		consortium.Refuse(fault.InvalidArgument, []string{"pageSize"}, consortium.Requester, "Participants:List", size, "")
	}
	tasks := "AHRhc2sA" // "\0task\0": the start of another range
	for _, bookmark := range []string{"x", "!", tasks, "AHBhcnRpY2lwYW50AP8"} {
		consortium.Refuse(fault.InvalidArgument, []string{"bookmark"}, consortium.Requester, "Participants:List", "", bookmark)
	}
}

package accounts_test

import (
	"strings"
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

type record = ledgertest.Record

// balance is an account's one balance.
func balance(t *testing.T, c *ledgertest.Consortium, account string) record {
	t.Helper()
	balances := c.Query(c.Archive, "Accounts:Get", account)["balances"].([]any)
	if len(balances) != 1 {
		t.Fatalf("%s has %v", account, balances)
	}
	return balances[0].(record)
}

func TestADepositMakesCoins(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	for _, one := range []struct{ amount, coins, largest, smallest int64 }{
		{1, 1, 1, 1}, {31, 31, 1, 1}, {33, 32, 2, 1}, {1_000_000_000_000, 32, 31_250_000_000, 31_250_000_000},
	} {
		c := ledgertest.NewConsortium(t, 1)
		deposit := c.Deposit("factory01", one.amount, "bank.2031-05.7")
		if deposit["coins"] != one.coins || deposit["treasurer"] != "treasurer.requester" {
			t.Errorf("deposit is %v", deposit)
		}
		coins := c.Coins("factory01")
		first, last := coins[0], coins[len(coins)-1]
		if int64(len(coins)) != one.coins || first["amount"] != one.largest || last["amount"] != one.smallest {
			t.Errorf("%d makes %v", one.amount, coins)
		}
		if first["from"] != "deposit" || first["of"] != "bank.2031-05.7" || first["tx_id"] != deposit["tx_id"] {
			t.Errorf("a coin is %v", first)
		}
		if got := balance(t, c, "factory01"); got["free"] != one.amount || got["coins"] != one.coins || got["earned"] != int64(0) {
			t.Errorf("balance is %v", got)
		}
	}
	if got := c.Query(c.Archive, "Accounts:Get", "factory01")["balances"].([]any); len(got) > 0 {
		t.Errorf("who never had anything has %v", got)
	}
}

func TestAReferenceIsUsedOnce(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Deposit("factory01", 5, "bank-1")
	words := []string{"deposit bank-1 is on the ledger with other content", "choose another reference"}
	for _, other := range [][]string{{"buyer", "credit", "5"}, {"factory01", "euro", "5"}, {"factory01", "credit", "6"}} {
		c.Refuse(fault.AlreadyExists, words, c.Treasurer, "Accounts:Deposit", append(other, "bank-1")...)
	}
	second := ledgertest.NewIdentity(t, "RequesterMSP", "treasurer2.requester", "treasurer")
	c.Refuse(fault.AlreadyExists, words, second, "Accounts:Deposit", "factory01", "credit", "5", "bank-1")
}

func TestOnlyAnAcceptedTreasurerDeposits(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	for _, role := range []string{"", "requester", "archive", "provider", "Treasurer"} {
		who := ledgertest.NewIdentity(t, "RequesterMSP", "someone", role)
		c.Refuse(fault.PermissionDenied, []string{"needs treasurer"}, who, "Accounts:Deposit", "buyer", "credit", "5", "x")
	}
	forger := ledgertest.NewIdentity(t, "Factory1MSP", "treasurer.factory1", "treasurer") // its own CA says so
	c.Refuse(fault.PermissionDenied, []string{"accepts no treasurer of Factory1MSP"},
		forger, "Accounts:Deposit", "factory01", "credit", "5", "x")
}

func TestDepositValidatesItsArguments(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	refuse := func(code fault.Code, names string, arguments ...string) {
		t.Helper()
		c.Refuse(code, []string{names}, c.Treasurer, "Accounts:Deposit", arguments...)
	}
	refuse(fault.NotFound, "account: participant nobody", "nobody", "credit", "5", "x")
	refuse(fault.InvalidArgument, "account", "No Body", "credit", "5", "x")
	refuse(fault.InvalidArgument, "unit", "buyer", "", "5", "x")
	refuse(fault.InvalidArgument, "reference", "buyer", "credit", "5", strings.Repeat("x", 64))
	for _, amount := range []string{"", "0", "-5", "+5", "05", "5.0", "1e3", " 5", "1000000000001", "99999999999999999999"} {
		refuse(fault.InvalidArgument, "amount", "buyer", "credit", amount, "x")
	}
}

func TestUnitsAreApart(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Deposit("factory01", 5, "a")
	c.Submit(c.Treasurer, "Accounts:Deposit", "factory01", "euro", "7", "b")
	balances := c.Query(c.Archive, "Accounts:Get", "factory01")["balances"].([]any)
	if len(balances) != 2 || balances[0].(record)["free"] != int64(5) || balances[1].(record)["free"] != int64(7) {
		t.Errorf("balances are %v", balances)
	}
	for unit, want := range map[string]int{"": 12, "credit": 5, "euro": 7, "yen": 0} {
		coins := c.Query(c.Archive, "Accounts:ListCoins", "factory01", unit, "200", "")["items"].([]any)
		if len(coins) != want {
			t.Errorf("%d coins of %q", len(coins), unit)
		}
	}
	for unit, want := range map[string]int64{"credit": ledgertest.Deposited + 5, "euro": 7, "yen": 0} {
		audit := c.Query(c.Archive, "Accounts:GetAudit", unit)
		if audit["deposited"] != want || audit["free"] != want || audit["holds"] != true {
			t.Errorf("audit is %v", audit)
		}
	}
	c.Refuse(fault.InvalidArgument, []string{"unit"}, c.Archive, "Accounts:GetAudit", "")
}

func TestQueriesRefuseWhatDoesNotExist(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	c.Refuse(fault.NotFound, []string{"nobody"}, c.Archive, "Accounts:Get", "nobody")
	c.Refuse(fault.NotFound, []string{"nobody"}, c.Archive, "Accounts:ListCoins", "nobody", "", "", "")
	c.Refuse(fault.NotFound, []string{"task nothing"}, c.Archive, "Accounts:GetEscrow", "nothing")
	c.Refuse(fault.InvalidArgument, []string{"task"}, c.Archive, "Accounts:GetEscrow", "")
}

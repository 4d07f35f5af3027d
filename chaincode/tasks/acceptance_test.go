package tasks_test

import (
	"testing"

	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
	"github.com/weftwork/weftwork/chaincode/state"
)

// Go's encoder sorts a map's keys and writes no spaces: for this text, the canonical form.
func TestTheDefinitionsDigestIsThatOfItsCanonicalForm(t *testing.T) {
	c := ledgertest.NewConsortium(t, 0)
	definition := ledgertest.Definition(1, 1)
	c.Publish(id, definition)
	want := ledgertest.Digest(ledgertest.JSON(t, definition))
	if got := c.Query(c.Archive, "Tasks:Get", id)["definition_digest"]; got != want {
		t.Errorf("digest is %v, want %s", got, want)
	}
}

func TestJoinDemandsASignatureOfTheDefinition(t *testing.T) {
	c := ledgertest.NewConsortium(t, 2)
	c.Publish(id, ledgertest.Definition(1, 1))
	digest := c.Query(c.Archive, "Tasks:Get", id)["definition_digest"].(string)
	own, other := c.Providers["factory01"], c.Providers["factory02"]
	message := state.AcceptanceMessage(id, digest)
	if want := "weftwork.acceptance.v1\n" + id + "\n" + digest; string(message) != want {
		t.Errorf("signed is %q, want %q", message, want)
	}
	for name, acceptance := range map[string]string{
		"another's key":      other.SignBytes(t, message),
		"another task":       own.SignBytes(t, state.AcceptanceMessage("other", digest)),
		"another definition": own.SignBytes(t, state.AcceptanceMessage(id, ledgertest.Digest("other"))),
		"an update":          own.Sign(t, id, 1, digest),
		"no base64":          "yes!",
		"no signature":       "AAAA",
	} {
		t.Run(name, func(t *testing.T) {
			terms := ledgertest.JoinTerms()
			terms["acceptance"] = acceptance
			c.Refuse(fault.InvalidArgument, []string{"signature: not"}, own, "Tasks:Join", id, ledgertest.JSON(t, terms))
		})
	}
}

func TestAnAcceptanceMayBeSignedAnew(t *testing.T) {
	c := ledgertest.NewConsortium(t, 1)
	c.Publish(id, ledgertest.Definition(1, 1))
	provider := c.Providers["factory01"]
	recorded := c.Submit(provider, "Tasks:Join", id, c.Accepting(provider, id, ledgertest.JoinTerms()))
	again := c.Repeat(provider, "Tasks:Join", id, c.Accepting(provider, id, ledgertest.JoinTerms()))
	if got, want := ledgertest.JSON(t, again["join"]), ledgertest.JSON(t, recorded["join"]); got != want {
		t.Errorf("the record is %s, was %s", got, want)
	}
}

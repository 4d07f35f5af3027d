package participants

import (
	"net"
	"regexp"
	"strconv"

	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/fault"
)

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

const maxHost = 253 // a DNS name's

// checkEndpoint admits host:port; a requester, which serves nothing, may have none.
func checkEndpoint(role, endpoint string) error {
	if endpoint == "" && role == caller.Requester {
		return nil
	}
	host, port, err := net.SplitHostPort(endpoint)
	number, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || number == 0 || !isHost(host) {
		return fault.InvalidArgument.Errorf(
			"endpoint: %.80q is not host:port, such as node.factory1.example:7070", endpoint)
	}
	return nil
}

func isHost(host string) bool {
	return len(host) <= maxHost && (hostPattern.MatchString(host) || net.ParseIP(host) != nil)
}

// Package clock reads the time of a transaction, and refuses one that its endorser does not share.
package clock

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// Tolerance is how far a transaction's time may be from the endorser's clock. A deadline is thereby
// attested, to this precision, by as many organisations as the endorsement policy asks for.
const Tolerance = 30 * time.Second

// Stamped is a transaction that carries its client's timestamp.
type Stamped interface {
	GetTxTimestamp() (*timestamppb.Timestamp, error)
}

// Clock is the endorser's clock; a test sets Now, and nil means the system's.
type Clock struct {
	Now func() time.Time
}

// Time returns the transaction's timestamp in unix milliseconds, or CLOCK_SKEW. The endorser's own
// clock decides only whether to endorse: no result depends on it.
func (c Clock) Time(transaction Stamped) (int64, error) {
	stamp, err := transaction.GetTxTimestamp()
	if err != nil {
		return 0, fault.InvalidArgument.Errorf("the transaction has no timestamp: %v", err)
	}
	if err := stamp.CheckValid(); err != nil {
		return 0, fault.InvalidArgument.Errorf("the transaction's timestamp is not a time: %v", err)
	}
	skew := stamp.AsTime().Sub(c.now())
	if skew.Abs() > Tolerance {
		return 0, fault.ClockSkew.Errorf(
			"the transaction's time is %s from this endorser's clock, more than %s: set the client's clock",
			skew.Round(time.Millisecond), Tolerance)
	}
	return stamp.AsTime().UnixMilli(), nil
}

func (c Clock) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

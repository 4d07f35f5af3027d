// Package clock reads the time of a transaction, and refuses one that its endorser does not share.
package clock

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/weftwork/weftwork/chaincode/fault"
)

// Ahead and Behind are how far a transaction's time may be after the endorser's clock, and before it. A
// deadline is thereby attested, to this precision, by as many organisations as the endorsement policy asks
// for. A call may wait in a queue before it is endorsed; it cannot come from the future, so that Ahead
// allows only for what clocks that are set by NTP differ.
const (
	Ahead  = 5 * time.Second
	Behind = 30 * time.Second
)

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
	if skew > Ahead {
		return 0, fault.ClockSkew.Errorf(
			"the transaction is dated %s after this endorser's clock, at most %s is allowed: "+
				"the client's clock is fast, or the endorser's slow; keep both in time by NTP",
			skew.Round(time.Millisecond), Ahead)
	}
	if skew < -Behind {
		return 0, fault.ClockSkew.Errorf(
			"the transaction is dated %s before this endorser's clock, at most %s is allowed: make it anew; if it is not old, "+
				"the client's clock is slow, or the endorser's fast: keep both in time by NTP",
			-skew.Round(time.Millisecond), Behind)
	}
	return stamp.AsTime().UnixMilli(), nil
}

func (c Clock) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

package clock_test

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/weftwork/weftwork/chaincode/clock"
	"github.com/weftwork/weftwork/chaincode/fault"
	"github.com/weftwork/weftwork/chaincode/internal/ledgertest"
)

type stamped struct {
	stamp *timestamppb.Timestamp
	err   error
}

func (s stamped) GetTxTimestamp() (*timestamppb.Timestamp, error) { return s.stamp, s.err }

func TestTimeIsTheTransactions(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	endorser := clock.Clock{Now: func() time.Time { return now }}
	for _, skew := range []time.Duration{0, clock.Tolerance, -clock.Tolerance} {
		at := now.Add(skew)
		if got, err := endorser.Time(stamped{stamp: timestamppb.New(at)}); err != nil || got != at.UnixMilli() {
			t.Errorf("%s: %d, %v", skew, got, err)
		}
	}
}

func TestASkewedTimeIsRefused(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	endorser := clock.Clock{Now: func() time.Time { return now }}
	for _, skew := range []time.Duration{clock.Tolerance + 1, -clock.Tolerance - 1, 1 << 62, -1 << 62} {
		_, err := endorser.Time(stamped{stamp: timestamppb.New(now.Add(skew))})
		if err == nil {
			t.Fatalf("%s is accepted", skew)
		}
		ledgertest.RequireFault(t, err.Error(), fault.ClockSkew)
	}
}

func TestWhatIsNoTimeIsRefused(t *testing.T) {
	for _, wrong := range []stamped{
		{},
		{err: errors.New("no header")},
		{stamp: &timestamppb.Timestamp{Nanos: -1}},
		{stamp: &timestamppb.Timestamp{Seconds: 1 << 60}},
	} {
		_, err := clock.Clock{}.Time(wrong)
		if err == nil {
			t.Fatalf("%v is accepted", wrong)
		}
		ledgertest.RequireFault(t, err.Error(), fault.InvalidArgument)
	}
}

func TestTheSystemsClockIsTheDefault(t *testing.T) {
	if _, err := (clock.Clock{}).Time(stamped{stamp: timestamppb.Now()}); err != nil {
		t.Error(err)
	}
}

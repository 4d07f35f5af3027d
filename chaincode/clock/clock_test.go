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
	for _, skew := range []time.Duration{0, 5 * time.Second, -30 * time.Second} {
		at := now.Add(skew)
		if got, err := endorser.Time(stamped{stamp: timestamppb.New(at)}); err != nil || got != at.UnixMilli() {
			t.Errorf("%s: %d, %v", skew, got, err)
		}
	}
}

func TestASkewedTimeIsRefused(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	endorser := clock.Clock{Now: func() time.Time { return now }}
	for skew, words := range map[time.Duration]string{
		5*time.Second + 1:                  "dated 5s after this endorser's clock, at most 5s is allowed: the client's clock is fast",
		1 << 62:                            "after this endorser's clock",
		-30*time.Second - time.Millisecond: "dated 30.001s before this endorser's clock, at most 30s is allowed: make it anew",
		-1 << 62:                           "before this endorser's clock",
	} {
		_, err := endorser.Time(stamped{stamp: timestamppb.New(now.Add(skew))})
		if err == nil {
			t.Fatalf("%s is accepted", skew)
		}
		ledgertest.RequireFault(t, err.Error(), fault.ClockSkew, words, "NTP")
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

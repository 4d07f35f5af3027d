package escrow

import (
	"github.com/weftwork/weftwork/chaincode/progress"
	"github.com/weftwork/weftwork/chaincode/state"
	"github.com/weftwork/weftwork/chaincode/transaction"
)

// Whole is what a task that is finished has earned: its reward, shared out by the points of its rounds.
func Whole(last *state.Round) Earned {
	return Earned{Of: 1, In: 1, Rounds: int64(last.Round)}
}

// SoFar is what a task has earned that ends before its time: the part of its rounds that are committed.
func SoFar(task *progress.Task, last *state.Round) Earned {
	if last == nil {
		return Nothing
	}
	return Earned{Of: int64(last.Round), In: int64(task.Terms.Training.Rounds), Rounds: int64(last.Round)}
}

// Claims are the points that the participants have after the last committed round, nil before the first.
func Claims(last *state.Round) []Claim {
	if last == nil {
		return nil
	}
	claims := make([]Claim, 0, len(last.Standings))
	for _, one := range last.Standings {
		claims = append(claims, Claim{Participant: one.Participant, Points: one.Points})
	}
	return claims
}

// CloseEarly settles a task that ends before its time.
func CloseEarly(t *transaction.Transaction, task *progress.Task) ([]transaction.Write, error) {
	last, err := task.LastRound(t.Stub)
	if err != nil {
		return nil, err
	}
	return Close(t, task, Claims(last), SoFar(task, last))
}

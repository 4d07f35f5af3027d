package progress

import (
	"slices"

	"github.com/weftwork/weftwork/chaincode/caller"
	"github.com/weftwork/weftwork/chaincode/fault"
)

// RequireConcerned admits those who may move a task on when its time has come: its participants, its
// requester, and an archive of the requester's organisation.
func (t *Task) RequireConcerned(name string, who *caller.Caller) error {
	isArchive := who.Role == caller.Archive && who.MSPID == t.RequesterMSP
	takesPart := t.Start != nil && slices.Contains(t.Start.Participants, name)
	if takesPart || isArchive || name == t.Requester {
		return nil
	}
	return fault.PermissionDenied.Errorf("%s is no participant of task %s, nor its requester or archive", name, t.ID)
}

package ledgertest

import (
	"strconv"
	"time"
)

// Identity is a provider by its name, or the requester ("buyer") or its archive.
func (c *Consortium) Identity(name string) *Identity {
	c.t.Helper()
	switch name {
	case "buyer":
		return c.Requester
	case "archive":
		return c.Archive
	}
	if c.Providers[name] == nil {
		c.t.Fatalf("there is no provider %q", name)
	}
	return c.Providers[name]
}

// Close lets the requester close the round.
func (c *Consortium) Close(id string, round int) Record {
	c.t.Helper()
	return c.Submit(c.Requester, "Rounds:Close", id, strconv.Itoa(round))
}

// Halt lets the archive halt the task.
func (c *Consortium) Halt(id string) Record {
	c.t.Helper()
	return c.Submit(c.Archive, "Rounds:Halt", id)
}

// Outage lets an hour pass in which nobody does anything, and then the archive open the next term.
func (c *Consortium) Outage(id string, round int) Record {
	c.t.Helper()
	c.Wait(time.Hour)
	return c.Do(c.At(id, round).Replace("archive"))
}

// Outages are as many as a round can have before it is halted, where all sit on its committee.
func (c *Consortium) Outages(id string, round int) {
	c.t.Helper()
	for range 3 {
		c.Outage(id, round)
	}
}

// Committee are the names on the round's committee, and who leads it.
func (c *Consortium) Committee(id string, round int) (names []string, leader string) {
	c.t.Helper()
	view := c.Round(id, round)
	return Strings(view["committee"]), view["leader"].(string)
}

// Followers are the members of the round's committee that do not lead it.
func (c *Consortium) Followers(id string, round int) []string {
	c.t.Helper()
	names, leader := c.Committee(id, round)
	followers := []string{}
	for _, name := range names {
		if name != leader {
			followers = append(followers, name)
		}
	}
	return followers
}

// Strings reads a list of texts.
func Strings(list any) []string {
	names := []string{}
	for _, name := range list.([]any) {
		names = append(names, name.(string))
	}
	return names
}

// Accepted is what an honest member thinks of an update.
func Accepted(name string) Record {
	return Record{"participant": name, "verdict": "accepted", "reason": "", "score_micro": 100}
}

// Rejected is what an honest member thinks of a harmful update.
func Rejected(name, reason string) Record {
	return Record{"participant": name, "verdict": "rejected", "reason": reason, "score_micro": -100}
}

// Scores are what the named member thinks of the submitted updates: an honest member accepts all, and
// finds that each adds a hundred.
func (c *Consortium) Scores(id string, round int, member string) []Record {
	c.t.Helper()
	scores := []Record{}
	for _, name := range Strings(c.Round(id, round)["closing"].(Record)["submitted"]) {
		if name != member {
			scores = append(scores, Accepted(name))
		}
	}
	return scores
}

// Judge lets the named members seal their scores, and then reveal them.
func (c *Consortium) Judge(id string, round int, members ...string) {
	c.t.Helper()
	c.JudgeBy(id, round, func(member string) []Record { return c.Scores(id, round, member) }, members...)
}

// JudgeBy lets the named members seal and reveal what scores says.
func (c *Consortium) JudgeBy(id string, round int, scores func(member string) []Record, members ...string) {
	c.t.Helper()
	term := c.At(id, round)
	for _, member := range members {
		c.Do(term.SealScores(member, scores(member)))
	}
	for _, member := range members {
		c.Do(term.Reveal(member, scores(member)))
	}
}

// Seal lets the named members seal the digest.
func (c *Consortium) Seal(id string, round int, digest string, members ...string) {
	c.t.Helper()
	term := c.At(id, round)
	for _, member := range members {
		c.Do(term.Seal(member, digest))
	}
}

// Attest lets the named members open the digest.
func (c *Consortium) Attest(id string, round int, digest string, members ...string) {
	c.t.Helper()
	term := c.At(id, round)
	for _, member := range members {
		c.Do(term.Attest(member, digest))
	}
}

// Propose lets the current leader propose the honest aggregate.
func (c *Consortium) Propose(id string, round int) Record {
	c.t.Helper()
	return c.ProposeDigest(id, round, Aggregate(id, round))
}

// ProposeDigest lets the current leader propose that.
func (c *Consortium) ProposeDigest(id string, round int, digest string) Record {
	c.t.Helper()
	_, leader := c.Committee(id, round)
	return c.Do(c.At(id, round).Propose(leader, digest))
}

// Agree lets the committee seal, the leader propose, and all attest the honest aggregate.
func (c *Consortium) Agree(id string, round int) {
	c.t.Helper()
	followers, digest := c.Followers(id, round), Aggregate(id, round)
	c.Seal(id, round, digest, followers...)
	c.Propose(id, round)
	c.Attest(id, round, digest, followers...)
}

// CommitRound lets the round's leader commit what it proposed.
func (c *Consortium) CommitRound(id string, round int) Record {
	c.t.Helper()
	digest := c.Round(id, round)["term"].(Record)["proposal"].(Record)["digest"].(string)
	return c.Submit(c.Leader(id, round), "Rounds:Commit", id, strconv.Itoa(round), digest)
}

// Judged closes the round, after the updates of those who stay, and lets its committee judge them.
func (c *Consortium) Judged(id string, round int) {
	c.t.Helper()
	c.SubmitUpdates(id, round, Strings(c.Round(id, round)["participants"])...)
	c.Close(id, round)
	committee, _ := c.Committee(id, round)
	c.Judge(id, round, committee...)
}

// Conclude lets the committee of a round whose updates are in close it, judge, agree and commit.
func (c *Consortium) Conclude(id string, round int) Record {
	c.t.Helper()
	c.Close(id, round)
	committee, _ := c.Committee(id, round)
	c.Judge(id, round, committee...)
	c.Agree(id, round)
	return c.CommitRound(id, round)
}

// PlayRound submits all updates of those who stay, and lets the committee do the rest.
func (c *Consortium) PlayRound(id string, round int) Record {
	c.t.Helper()
	c.SubmitUpdates(id, round, Strings(c.Round(id, round)["participants"])...)
	return c.Conclude(id, round)
}

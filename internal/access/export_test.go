package access

// Rule is one rule of the decision, for the tests that switch it off.
type Rule = rule

// LastRule is the first bit that is no rule.
const LastRule = lastRule

// DecideWithout is [Decide] with some rules switched off.
func DecideWithout(s *Subject, r Request, p Policy, off Rule) Decision { return decide(s, r, p, off) }

package access

import (
	"slices"
	"strings"

	table "chartwright/gen/scope"
	"chartwright/internal/fault"
)

// Grants say which groups hold which rights at a site: the access control list. Immutable; safe for concurrent use.
type Grants struct {
	groups map[string][]table.Level // by right
}

// GroupRight is one line of the access control list.
type GroupRight struct {
	Group string // admin, doc, clin, front, back, breakglass, or a group of the site's own
	Right string // section/value, such as patients/demo
	Level string // view, addonly, wsome, write, deny
}

var levelNames = []string{"view", "addonly", "wsome", "write", "deny"}

// NewGrants returns the list of a site. Errors: Invalid for a right or a level that does not exist.
func NewGrants(lines []GroupRight) (*Grants, error) {
	g := &Grants{groups: map[string][]table.Level{}}
	for _, l := range lines {
		section, value, _ := strings.Cut(l.Right, "/")
		right, ok := table.RightOf(section, value)
		if !ok {
			return nil, fault.New(fault.Invalid, "access.grants", "the right %s does not exist", l.Right)
		}
		var level table.Level
		for i, name := range levelNames {
			if l.Level == name {
				level = 1 << i
			}
		}
		if level == 0 {
			return nil, fault.New(fault.Invalid, "access.grants", "the level %s does not exist; there are %s", l.Level, strings.Join(levelNames, ", "))
		}
		if g.groups[l.Group] == nil {
			g.groups[l.Group] = make([]table.Level, len(table.Rights))
		}
		g.groups[l.Group][right] |= level
	}
	return g, nil
}

// DefaultGrants returns the list of a new site, line by line.
func DefaultGrants() []GroupRight {
	var lines []GroupRight
	for _, group := range table.Groups {
		for _, grant := range group.Grants {
			name := table.Rights[grant.Right]
			for i, level := range levelNames {
				if grant.Level&(1<<i) != 0 {
					lines = append(lines, GroupRight{Group: group.Name, Right: name.Section + "/" + name.Value, Level: level})
				}
			}
		}
	}
	return lines
}

// Levels returns the levels at which a right can be granted; deny outweighs all others.
func Levels() []string { return slices.Clone(levelNames) }

// Rights returns all rights that a site can grant, as section/value.
func Rights() []string {
	list := make([]string, len(table.Rights))
	for i, r := range table.Rights {
		list[i] = r.Section + "/" + r.Value
	}
	return list
}

// defaults is the list of a new site, built once from the generated table.
var defaults = func() *Grants {
	g := &Grants{groups: make(map[string][]table.Level, len(table.Groups))}
	for _, group := range table.Groups {
		levels := make([]table.Level, len(table.Rights))
		for _, grant := range group.Grants {
			levels[grant.Right] |= grant.Level
		}
		g.groups[group.Name] = levels
	}
	return g
}()

// level is what the groups hold of a right together: nothing if one of them denies it.
func (g *Grants) level(groups []string, right table.Right) table.Level {
	var sum table.Level
	for _, name := range groups {
		if levels := g.groups[name]; levels != nil {
			sum |= levels[right]
		}
	}
	if sum&table.Deny != 0 {
		return 0
	}
	return sum
}

// satisfy reports whether members of the groups may do what needs this. The holder of admin/super may do everything that
// somebody may do at all.
func (g *Grants) satisfy(groups []string, need table.Need) bool {
	switch need.Right {
	case table.Staff:
		return true
	case table.Never:
		return false
	}
	return g.level(groups, need.Right)&need.Levels != 0 || g.level(groups, table.AdminSuper) != 0
}

// Holds reports whether members of the groups hold a right at one of the levels (any, if none is named), for the few rules that
// depend on more than the operation: the date of an encounter, the sensitivity of a visit. The holder of admin/super holds all.
func (g *Grants) Holds(groups []string, right string, levels ...string) bool {
	if g == nil {
		g = defaults
	}
	section, value, _ := strings.Cut(right, "/")
	r, ok := table.RightOf(section, value)
	if !ok {
		return false
	}
	need := table.Need{Right: r}
	for i, name := range levelNames[:4] {
		for _, l := range levels {
			if l == name {
				need.Levels |= 1 << i
			}
		}
		if len(levels) == 0 {
			need.Levels |= 1 << i
		}
	}
	return g.satisfy(groups, need)
}

// rightName is a right as a site's list names it; Staff and Never, which are none, have no name.
func rightName(r table.Right) string {
	return table.Rights[r].Section + "/" + table.Rights[r].Value
}

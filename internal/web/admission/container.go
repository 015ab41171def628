package admission

import (
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// unlimited is a memory limit that there is not; it is that of the runtime, too.
const unlimited = math.MaxInt64

// containerLimit is the smallest memory limit of the control groups that the process is in, as the files below root say, in both versions
// of them. Outside of Linux there are no such files, and no limit.
//
// https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
func containerLimit(root fs.FS) int64 {
	limit := int64(unlimited)
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return limit
	}
	for line := range strings.Lines(string(groups)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, ok := strings.Cut(rest, ":")
		folder, file := "sys/fs/cgroup", "memory.max"
		switch {
		case !ok:
			continue
		case controllers == "": // version 2
		case strings.Contains(","+controllers+",", ",memory,"):
			folder, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		// A group is bound by those around it. A container may see its own at the top.
		for at := strings.Trim(group, "/"); ; at = path.Dir(at) {
			if at == "." || strings.HasPrefix(at, "..") {
				at = ""
			}
			limit = min(limit, limitIn(root, path.Join(folder, at, file)))
			if at == "" {
				break
			}
		}
	}
	return limit
}

// limitIn reads a limit. Version 1 writes a number beyond all memories where there is none.
func limitIn(root fs.FS, file string) int64 {
	const beyond = 1 << 60
	text, err := fs.ReadFile(root, file)
	if err != nil {
		return unlimited
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n <= 0 || n >= beyond { // such as "max"
		return unlimited
	}
	return n
}

// machineMemory is what the machine has.
func machineMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return unknown
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			if kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	return unknown
}

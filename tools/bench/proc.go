package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// What /proc tells about processes. Elsewhere than on Linux there is none, and the report leaves such figures out.

// tick is the unit of the times in /proc/PID/stat: 1/100 s on every Linux that people use.
const tick = 10 * time.Millisecond

// stat is the part of /proc/PID/stat that is of interest. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
type stat struct {
	parent   int
	own      time.Duration // in user and system mode
	children time.Duration // the same of children that have ended
}

func readStat(pid int) (s stat, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, err
	}
	// The name in parentheses may hold anything; fields are counted from 3 behind it.
	text := string(data)
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(f) < 15 {
		return s, errors.New("/proc/PID/stat is too short")
	}
	number := func(field int) int {
		n, _ := strconv.Atoi(f[field-3])
		return n
	}
	s.parent = number(4)
	s.own = time.Duration(number(14)+number(15)) * tick
	s.children = time.Duration(number(16)+number(17)) * tick
	return s, nil
}

// cpuOf is the processor time that a process has used.
func cpuOf(pid int) (time.Duration, error) {
	s, err := readStat(pid)
	return s.own, err
}

// cpuOfFamily is the processor time of a process and all its children, those that have ended included.
func cpuOfFamily(pid int) (time.Duration, error) {
	s, err := readStat(pid)
	if err != nil {
		return 0, err
	}
	total := s.own + s.children
	for _, p := range processes() {
		if c, err := readStat(p); err == nil && c.parent == pid {
			total += c.own + c.children
		}
	}
	return total, nil
}

// processes lists the ids of all processes.
func processes() []int {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var pids []int
	for _, d := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(d)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// residentBytes is the memory of a process that lies in RAM; 0 if that can't be told.
func residentBytes(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(data))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// descendants lists the processes below pid, itself included.
func descendants(pid int) []int {
	children := map[int][]int{}
	for _, p := range processes() {
		if s, err := readStat(p); err == nil {
			children[s.parent] = append(children[s.parent], p)
		}
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

# `make` alone prints the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

BIN        := bin/chartwright
VERSION    := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS    := -s -w -X chartwright/internal/cli.version=$(VERSION)
GOBUILD    := go build -ldflags '$(LDFLAGS)'
DEFS       := spec/fhir/node_modules/.package-lock.json
# make fuzz T=1m sets the time of each target.
T          ?= 10s

# One way to compile for all targets: what one of them has compiled, the others find in Go's cache. No C is compiled, of which the
# database driver that we do not use has most; and gin's MessagePack, which we do not speak, is left out.
export CGO_ENABLED := 0
export GOFLAGS     := $(shell go env GOFLAGS 2>/dev/null) -trimpath -tags=nomsgpack

.PHONY: help run build test test-short race matrix drills mutants generate verify bench lint fmt fuzz size clean definitions

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: build ## build, then serve the demo on https://localhost:9300
	$(BIN) serve --demo --listen 127.0.0.1:9300 --base-url https://localhost:9300

build: ## write bin/chartwright
	$(GOBUILD) -o $(BIN) .

test: ## everything that CI runs
	tools/test/run

test-short: ## the quick half of the tests
	go test -short ./...

race: export CGO_ENABLED := 1
race: ## the tests of the concurrent packages under the race detector
	go test -race -timeout 60m ./internal/chart/... ./internal/gormstore/... ./internal/identity/... ./internal/access/...

# make matrix FOR=18m ends after about so long, with what it has got to. CHARTWRIGHT_MATRIX_PARTS=3,17 asks parts of the product alone.
matrix: FOR ?= all
matrix: ## the access matrix: every case there is, an hour or more on two cores; writes tmp/matrix/index.html
	CHARTWRIGHT_MATRIX=full go test -count=1 -timeout 30m -v -run '^TestMatrix$$' ./internal/access
	GOGC=400 CHARTWRIGHT_MATRIX=$(FOR) go test -count=1 -parallel 5 -timeout 0 -v -run '^TestMatrix$$' ./internal/e2e/matrix

drills: ## break what the program stands on while it works, in the long form: minutes; needs PostgreSQL, and strace and root for some
	CHARTWRIGHT_DRILLS=all go test -count=1 -timeout 60m -v -run '^TestDrill' ./internal/e2e/drill

mutants: ## break the access decision everywhere, one place at a time: the tests must notice
	go run ./tools/mutants -package ./internal/access -test ./internal/access -run 'TestMatrix$$' -run 'Test[^M]' -excused internal/access/testdata/mutants.txt

definitions: $(DEFS) ## install the pinned FHIR definitions into an ignored folder
$(DEFS): spec/fhir/package-lock.json
	npm ci --prefix spec/fhir --no-audit --no-fund --ignore-scripts
	@touch $@

generate: $(DEFS) ## regenerate gen/ from spec/
	go run ./generator

verify: $(DEFS) ## fail when gen/ is not what spec/ says
	go run ./generator -check

bench: build ## the benchmark suite; make bench ARGS='-out bench.json -for 5s'
	go run ./tools/bench $(ARGS)

lint: ## gofmt, go vet, golangci-lint, the size of the largest files
	tools/lint/run

fmt: ## format what people write
	gofmt -w main.go generator internal swagger tools

fuzz: ## run every fuzz target for T each
	tools/test/fuzz $(T)

size: ## lines, bytes and compile cost of each generated package
	tools/size/run

clean: ## remove what the build made
	rm -rf bin tmp

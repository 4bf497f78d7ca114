# Two commands do all the set-up on a Debian machine that has Go: make run and make test.

GO ?= go

.PHONY: help run build test unit integration freebsd fuzz soak bench microbench lint generate clean

help: ## Say what there is to make
	@sed -n 's/^\([a-z]*\): .*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: build ## Try vmond: a private snmpd on udp:127.0.0.1:1161 (or VMOND_ADDR=host:port), a walk, traps; until Ctrl-C
	@test/install run
	@$(GO) build -o bin/tryout ./test/lab/tryout
	@bin/tryout bin/vmond

build: ## Build bin/vmond
	@$(GO) build -o bin/vmond ./cmd/vmond

test: ## Install what the tests need and run them all, about 20 minutes on 2 CPUs; .ci/run does this
	@$(GO) run ./test/suite

unit: ## Run the tests that need no real program, with the race detector
	@$(GO) run ./test/suite unit

integration: ## Run the tests against real snmpd, libvirtd and QEMU; all of them only as root or with sudo
	@$(GO) run ./test/suite install integration faults

freebsd: ## Build, vet and compile the tests of all for FreeBSD, which needs none
	@$(GO) run ./test/suite freebsd

fuzz: ## Fuzz every target, those of agentx and hv/libvirt for FUZZTIME (20s), all others for a quarter of it
	@$(GO) run ./test/suite -fuzztime $(FUZZTIME) fuzz

FUZZTIME ?= 20s

soak: ## Churn 10,000 virtual machines for SOAKTIME (30m) with everything at work, and show what vmond needs meanwhile
	@test/install run test
	$(GO) test -count=1 -v -timeout=0 -run='^TestSoak$$' ./test/soak -soak=$(SOAKTIME)

SOAKTIME ?= 30m

bench: ## Measure vmond beside a C subagent and more, 20 to 30 minutes, into test/bench/RESULTS.md
	@test/install run test
	$(GO) test -count=1 -v -timeout=2h -run='^TestBench$$' ./test/bench -measure

microbench: ## Run Go's benchmarks of single functions
	$(GO) test -run '^$$' -bench . -benchmem ./...

lint: ## Run golangci-lint, which is built first and takes some minutes the first time; no part of test
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

generate: ## Write the generated files again
	$(GO) generate ./...

clean: ## Remove what was built
	rm -rf bin

# make run · make test · make lint · make generate
SHELL := /bin/bash
.DEFAULT_GOAL := help
GO ?= go
LINT_VERSION := v2.15.0
VULN_VERSION := v1.9.0
VULN_DB ?= https://vuln.go.dev
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/clusterzone

.PHONY: help run test test-embedded race lint vuln generate build bench

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: ## the whole product with demo data on 127.0.0.1:8080
	$(GO) run ./cmd/clusterzone demo

build: ## the release binary in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/clusterzone ./cmd/clusterzone

test: ## every suite, embedded and on PostgreSQL, Redis, MinIO and Chromium; installs what is missing
	@set -euo pipefail; \
	deploy/services.sh up; \
	trap 'deploy/services.sh down' EXIT; \
	eval "$$(deploy/services.sh env)"; \
	$(GO) vet ./...; \
	$(GO) test -timeout 18m ./...; \
	$(GO) test -race -timeout 10m ./workflows ./services/outbox ./services/jobs ./services/casework ./services/problem

test-embedded: ## the suites on embedded parts only
	$(GO) test -timeout 15m ./...

race: ## every suite under the race detector
	@set -euo pipefail; deploy/services.sh up; trap 'deploy/services.sh down' EXIT; eval "$$(deploy/services.sh env)"; \
	$(GO) test -race -timeout 60m ./...

lint: ## go vet, golangci-lint, govulncheck
	$(GO) vet ./...
	@test -x $(CACHE)/golangci-lint || GOFLAGS= GOBIN=$(CACHE) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	$(CACHE)/golangci-lint run ./...
	@$(MAKE) --no-print-directory vuln

vuln: ## known vulnerabilities of what the code calls, with the Go release go.mod names (VULN_DB: a mirror of the Go vulnerability database)
	@test -x $(CACHE)/govulncheck || GOFLAGS= GOBIN=$(CACHE) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION)
	GOTOOLCHAIN=$$(sed -n 's/^toolchain //p' go.mod) $(CACHE)/govulncheck -db '$(VULN_DB)' ./...

generate: ## templ views, the workflow README, the CHECKs of the schema
	$(GO) tool templ generate -path services/web
	$(GO) test ./workflows -run TestReadmeIsTrue -write
	$(GO) test ./migrations -run . -write

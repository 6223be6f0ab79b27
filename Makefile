# Wasl. The two commands of the README are `make demo` and `make test`.
GO      ?= go
BIN     := bin/wasl
export GOTOOLCHAIN := local
# -trimpath for build and test alike: otherwise a clean clone compiles everything twice.
export GOFLAGS := -mod=readonly -trimpath

.PHONY: build demo test bench check fuzz mutants generate clean

build: ## the binary at bin/wasl
	$(GO) build -o $(BIN) ./cmd/wasl

demo: ## install what is missing, play the journeys, stay up for a human
	scripts/install.sh run
	$(MAKE) build
	$(BIN) demo

test: ## install what the tests need and pass all of them
	scripts/install.sh test
	$(MAKE) build
	$(GO) test -timeout 20m ./...
	scripts/browser.sh

bench: ## operation | rate | bound of the same run | ratio
	scripts/install.sh run
	$(MAKE) build
	$(BIN) bench

check: ## format, vet, lint, the house, texts, templates, queries, generated files
	scripts/install.sh test
	scripts/check.sh

fuzz: ## every parser of outside bytes, 30 s each; what it learns is kept beside the package
	scripts/install.sh test
	scripts/fuzz.sh

mutants: ## change one line at a time and see whether a test notices (docs/mutants.md)
	scripts/install.sh test
	scripts/mutants.sh

generate: ## rebuild what is generated: assets, API documents
	$(GO) generate ./...

clean:
	rm -rf bin

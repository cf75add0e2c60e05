.PHONY: test lint clean
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

test:
	swift build --build-tests
	swift test --skip-build 2>&1 | tee .build/test-output
	@grep -E 'Test run with [0-9]+ tests?' .build/test-output > .build/test-summary

lint:
	swift format lint --strict -r Package.swift Sources Tests

clean:
	rm -rf .build

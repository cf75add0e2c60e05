SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help test lint clean
.DEFAULT_GOAL := help

help:
	@echo "make test   build everything and run all tests"
	@echo "make lint   check the style of all sources"
	@echo "make clean  remove what was built"

# The runner's count line is printed again, last.
test:
	swift build --build-tests
	swift test --skip-build 2>&1 | tee .build/test-output
	@grep -E 'Test run with [0-9]+ tests?' .build/test-output | tail -n 1 | tee .build/test-summary

lint:
	swift format lint --strict -r Package.swift Sources Tests

clean:
	rm -rf .build

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help setup packages demo test crash bench bench-smoke bench-build lint clean
PACKAGES := fiu-utils librdkafka-dev libpcre2-dev libssl-dev libzstd-dev pkg-config python3-venv
.DEFAULT_GOAL := help

help:
	@echo "make demo   run flight-delays from an embedded Kafka into a Delta table"
	@echo "make setup  install what is missing (make demo and make test call it)"
	@echo "make test   build everything and run all tests"
	@echo "make crash  kill four topologies 200 times, and take their disk and brokers away (ROUNDS=N, SEED=N)"
	@echo "make bench  measure the reference workloads beside DuckDB, Kafka to Delta, and the kernels"
	@echo "make lint   check the style of all sources"
	@echo "make clean  remove what was built"

# Installs what is missing: first the Debian packages, then the Python environment.
setup: packages
	@$(MAKE) --no-print-directory .venv/.installed

# Installs the Debian packages that are missing; does nothing when none is.
packages:
	@missing=""; \
	for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "setup: installing$$missing"; \
	  sudo=""; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
	  $$sudo apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq $$missing; \
	fi

# The readers that tests compare with, in a Python environment of their own.
.venv/.installed: Tests/requirements.txt
	@echo "setup: making .venv with the test readers"
	@python3 -m venv .venv
	@.venv/bin/pip install -q --disable-pip-version-check -r Tests/requirements.txt
	@touch $@

# The main job on real input; ends with the table it wrote, in .demo.
demo: setup
	swift build -c release --product tidemark
	swift build -c release --product flight-delays
	@topologies/flight-delays/demo.sh "$$(swift build -c release --show-bin-path)"

# The runner's count line is printed again, last.
test: setup
	swift build --build-tests
	swift test --skip-build 2>&1 | tee .build/test-output
	@grep -E 'Test run with [0-9]+ tests?' .build/test-output | tail -n 1 | tee .build/test-summary

# About seven minutes; the last lines say what was compared. A failure names the seed that repeats its rounds.
crash: ROUNDS ?= 200
crash: setup
	swift build --build-tests
	TIDEMARK_CRASH_ROUNDS=$(ROUNDS) $(if $(SEED),TIDEMARK_CRASH_SEED=$(SEED)) swift test --skip-build --filter CrashRoundsTests

# In turn with DuckDB on one core; some minutes. Fails below Benchmarks/thresholds.json.
bench: setup bench-build
	@PYTHONDONTWRITEBYTECODE=1 .venv/bin/python Benchmarks/suite.py Benchmarks/.build/release

# Whether every benchmark runs and every sum is right; nothing of speed.
bench-smoke: setup bench-build
	@PYTHONDONTWRITEBYTECODE=1 .venv/bin/python Benchmarks/suite.py Benchmarks/.build/release --smoke

# SwiftPM looks for new files of a package that another one depends on only when the manifest has changed.
bench-build: packages
	@touch Benchmarks/Package.swift
	swift build -c release --package-path Benchmarks

lint:
	swift format lint --strict -r Package.swift Sources Tests topologies Benchmarks/Package.swift Benchmarks/Sources

clean:
	rm -rf .build .demo Benchmarks/.build

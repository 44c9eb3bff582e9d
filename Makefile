# The two commands that do everything: `make run` and `make test`.

VENV := .venv
PYTHONS := $(PYTHON) python3.13 python3.12 python3.11 python3
ARGS :=
# How many processes run the tests side by side.
JOBS := $(shell nproc 2>/dev/null || echo 2)

# A compat install puts this folder itself on the path: the other editable ways hide twistd's plugin.
INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	--config-settings editable_mode=compat --editable

.PHONY: help run test long-test ways-test lint docs bench testbed package package-test package-test-here package-test-next \
	audit diagrams screenshots clean

help:
	@echo "make run           start the server on its defaults, state in ./acs-state; ARGS='-c FILE' for a configuration"
	@echo "make test          lint, types and all tests"
	@echo "make long-test     further tests, which take minutes each: the testbed, a browser, the documentation, fuzzers"
	@echo "make ways-test     the tests with each fast way off, in turn, which takes an hour; WAYS=all for all of them off"
	@echo "make lint          lint and types alone"
	@echo "make docs          the documentation as HTML, in build/docs"
	@echo "make bench         measure, and write docs/performance.rst; ARGS='--quick' for a look, '--only NAME' for one"
	@echo "make testbed       two nodes, PostgreSQL, HAProxy, Prosody, dnsmasq and fifty simulated devices, to look at"
	@echo "make package       a Debian package of this, in dist/"
	@echo "make package-test  that package installed, upgraded, removed in an empty Debian, and on another release: as root,"
	@echo "                   takes minutes"
	@echo "make audit         which libraries have known weaknesses"
	@echo "make clean         remove what the commands above made, but no server's state"
	@echo "PYTHON=...         the Python to make $(VENV) with, if not the newest of: $(strip $(PYTHONS))"

run: $(VENV)/installed
	$(VENV)/bin/twistd --nodaemon --pidfile= acs $(ARGS)

test: lint
	$(VENV)/bin/python -m twisted.trial --jobs=$(JOBS) tests
	$(VENV)/bin/python -m tests.support.leaks _trial_temp

# What takes minutes by itself: the testbed from end to end, the console in a browser, the documentation's commands typed,
# backups restored, secrets told on purpose, the fuzzers, the API's generic tester, each benchmark at its smallest.
LONG := tests.end_to_end tests.browser.console tests.browser.wanted tests.browser.working tests.documentation.typed \
	tests.documentation.cooked tests.backed_up tests.leaking tests.fuzzed tests.described tests.measured

long-test: $(VENV)/installed-for-tests
	$(VENV)/bin/python -m twisted.trial --jobs=$(JOBS) $(LONG)
	$(VENV)/bin/python -m tests.support.leaks _trial_temp

# Those of tests/support/ways.py; where none is named, each of them, and `all` is all of them at once.
WAYS :=

ways-test: $(VENV)/installed-for-tests
	$(VENV)/bin/python -m tests.support.ways $(JOBS) $(WAYS)

lint: $(VENV)/installed-for-tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

testbed: $(VENV)/installed-for-tests
	$(VENV)/bin/python -m tests.support.testbed

package:
	packaging/build-deb

# Side by side, as each is one thing after another; what each says comes when it has ended.
package-test: $(VENV)/installed-for-tests
	$(MAKE) --jobs=2 --output-sync=target package-test-here package-test-next

package-test-here:
	$(VENV)/bin/python -m twisted.trial tests.packaging.in_a_root

package-test-next:
	$(VENV)/bin/python -m twisted.trial tests.packaging.in_the_next_root

# Who asks has a folder of its own, as it needs many libraries itself.
audit: $(VENV)/installed
	@[ -x $(VENV)/audit/bin/pip-audit ] || { $(VENV)/bin/python -m venv $(VENV)/audit && \
		$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit; } || \
		echo "pip-audit cannot be installed" >&2
	$(VENV)/bin/python packaging/audit.py $(VENV)/audit/bin/pip-audit

bench: $(VENV)/installed-for-tests
	$(VENV)/bin/python -m benchmarks $(ARGS)

$(VENV)/installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) ..."
	@$(INSTALL) .
	@touch $@

$(VENV)/installed-for-tests: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV), with what the tests need ..."
	@$(INSTALL) '.[test]'
	@touch $(VENV)/installed $@

$(VENV)/bin/python:
	@for python in $(PYTHONS); do \
		if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$python ..."; \
			exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "Python 3.11 or newer with its venv module is needed (Debian: python3-venv)." >&2; \
	exit 1

docs: $(VENV)/installed-for-tests
	$(VENV)/bin/python -m sphinx -q -W --keep-going -b html -d build/docs-read docs build/docs
	@echo "See build/docs/index.html"

# The pages of the console as the manual shows them: those that docs/console.rst names.
PAGES := test_every_page_is_accessible_and_fits_in_both_themes_and_on_a_phone

screenshots: $(VENV)/installed-for-tests
	rm -rf build/screenshots docs/screenshots
	ACS_SCREENSHOTS=$(CURDIR)/build/screenshots $(VENV)/bin/python -m twisted.trial \
		tests.browser.console.ConsoleTests.$(PAGES) tests.browser.wanted.PagesTests.$(PAGES)
	mkdir -p docs/screenshots
	for name in $$(sed -n 's|^ *.. image:: screenshots/\(.*\)\.png$$|\1|p' docs/console.rst); do \
		$(VENV)/bin/python docs/extensions/pictures.py "build/screenshots/screens/$$name-light-1360.png" \
			"docs/screenshots/$$name.png" || exit 1; \
	done
	du -sh docs/screenshots

# The pictures in the documentation that are drawn from the code, by Graphviz's dot.
diagrams: $(VENV)/installed
	$(VENV)/bin/python -c 'from acs.cwmp.dialogue import table_as_dot; print(table_as_dot())' > docs/dialogue.dot
	$(VENV)/bin/python -c 'from acs.cwmp.dialogue import table_as_text; print(table_as_text())' > docs/dialogue.txt
	$(VENV)/bin/python docs/extensions/drawn.py docs/dialogue.dot docs/dialogue.svg "Who may say what when in a session"

clean:
	rm -rf $(VENV) build dist acs.egg-info .mypy_cache .ruff_cache .hypothesis _trial_temp*
	find acs benchmarks docs tests twisted -name __pycache__ -prune -exec rm -rf {} +
	rm -f twisted/plugins/dropin.cache

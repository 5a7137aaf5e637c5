# Every command of the project. `make help` lists them, and says what goes with them.

.DEFAULT_GOAL := help
.PHONY: help lab test notebooks states class marks slides site bench browser format publish

PYTHON ?= python3
RUN := .venv/bin/python
VERSION := import sys; print("Python %d.%d" % sys.version_info[:2])
# Nothing where there is no .venv, or one that came with the folder from another machine: its Python does not start here,
# or is another version, which finds nothing in it.
INSTALLED := $(shell $(RUN) -c 'import pip; $(VERSION)' 2>/dev/null)
ifneq ($(and $(INSTALLED),$(filter-out file,$(origin PYTHON))),)
ifneq ($(INSTALLED),$(shell $(PYTHON) -c '$(VERSION)'))
$(warning .venv keeps its $(INSTALLED); remove .venv to have PYTHON=$(PYTHON))
endif
endif
OFFLINE := tools/offline $(RUN)
# JupyterLab refuses to run as root, which is what one is in a container, unless told that it may.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile | expand -t 18
	@echo
	@echo 'The first of these that needs .venv creates it, and takes:'
	@echo 'TORCH=cuda  for PyTorch with its GPU libraries, or TORCH=cpu for the small build without; by default Linux gets'
	@echo '            the small one where it has no NVIDIA GPU: make lab TORCH=cuda'
	@echo 'PYTHON=…    for the Python to create it with: make lab PYTHON=python3.12'
	@echo
	@echo 'ARGS=… goes on to the program that lab, notebooks, states, marks, slides or bench runs, and from test to pytest in tests/:'
	@echo '            make lab ARGS=--no-browser, make bench ARGS="--only start"'

lab: .venv/installed ## open JupyterLab at lesson 1
	$(RUN) -m jupyterlab --LabApp.default_url=/lab/tree/notebooks/01_concepts.ipynb $(AS_ROOT) $(ARGS)

# In two processes, each on one thread, where small batches train at a steady speed and repeat bit for bit; the lessons
# set torch's threads to one themselves, as a learner runs them. A file's tests stay together, as those of a browser or
# an exercise share what is slow to begin, until a process has none left and takes some of the other's. A lesson's cells
# need the kernel of those before.
test: .venv/tools .venv/ipywidgets7/installed browser/node_modules ## check style, run all tests and every cell of every lesson, without a network
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	OMP_NUM_THREADS=1 $(OFFLINE) -m pytest --numprocesses=2 --dist=worksteal $(ARGS)
	$(OFFLINE) -m pytest --numprocesses=2 --dist=loadfile --nbval-lax --nbval-cell-timeout=120 -p no:cacheprovider notebooks

notebooks: .venv/installed ## run the lessons and write their outputs, cleaned; ARGS=notebooks/… names some
	$(OFFLINE) tools/notebooks.py $(ARGS)

states: .venv/installed ## run the lessons whose widgets' states, for the web pages, are missing or stale
	$(OFFLINE) tools/notebooks.py --states $(ARGS)

class: .venv/installed ## copy the lessons without their outputs into class/, so that predictions come before answers
	@test ! -e class || { echo 'There is a folder class/ already, perhaps with somebody'"'"'s work: rename it first.' >&2; exit 1; }
	rm -rf build/class && mkdir -p build/class
	cp notebooks/[0-9][0-9]_*.ipynb notebooks/*.md build/class/
	@# No link to the README, which gives the results away, and is not there where class/ alone is copied.
	sed -E -i.bak 's/\[([^]]*)\]\(\.\.\/README\.md[^)]*\)/\1/g' build/class/*
	rm build/class/*.bak
	$(RUN) -m nbconvert --log-level=WARN --clear-output 'build/class/*.ipynb'
	mv build/class class

marks: .venv/installed ## say which exercises the notebooks in a folder solve; ARGS=handed-in
	$(OFFLINE) tools/marks.py $(ARGS)

slides: .venv/installed ## make slides of the lessons, in slides/; they load reveal.js from the web, unless tools/slides.py finds it
	$(RUN) tools/slides.py $(ARGS)

site: .venv/pages ## make web pages of the course; open build/site/index.html
	$(OFFLINE) tools/pages.py

bench: .venv/tools ## measure the project's figures, each beside its rival; ARGS="--only start" measures one
	$(OFFLINE) tools/bench.py $(ARGS)

browser: browser/node_modules ## bundle the JavaScript in browser/ for notebooks and web pages
	.venv/bin/node browser/build.js

format: .venv/tools ## format the code and write the project's address into all links
	$(RUN) -m ruff format --quiet .
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .
	$(RUN) tools/links.py

publish: ## write the project's address into all links: make publish URL=https://github.com/…, or that of git's origin
	@PYTHONPATH=. $(PYTHON) tools/links.py --publish $(URL)

# What the lessons need. Made again whenever pyproject.toml is newer, or .venv came from another machine.
.venv/installed: pyproject.toml .venv/torch
	$(RUN) -m pip install --editable '.[lab]'
	@# Without this plugin JupyterLab neither asks about news nor looks for newer versions of itself.
	$(RUN) -m jupyterlab.labextensions disable --level=sys_prefix @jupyterlab/apputils-extension:announcements
	touch $@

# What the tests and the other tools need beside it, and what only the web pages need, which are tested too.
.venv/tools: .venv/pages
	$(RUN) -m pip install --editable '.[lab,test]'
	touch $@
.venv/pages: .venv/installed
	$(RUN) -m pip install --editable '.[lab,site]'
	touch $@

# A new .venv, and in it PyTorch's CPU build where TORCH asks for it, or where there is no use for the usual one and the
# index answers. That index is asked alone: with it beside the usual one, pip could still take the large build whenever
# it has the higher version number.
TORCH_INDEX := https://download.pytorch.org/whl/cpu
ANSWERS := from urllib.request import urlopen; urlopen("$(TORCH_INDEX)/torch/", timeout=5)
NO_GPU := [ "$$(uname)" = Linux ] && ! nvidia-smi -L >/dev/null 2>&1
.venv/torch: $(if $(INSTALLED),,.venv/stale)
	@# constriction has no package for Python 3.15 yet.
	@test -n '$(INSTALLED)' || $(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 15))' \
		|| { echo 'This course needs Python 3.10 to 3.14; name one with make PYTHON=python3.12.' >&2; exit 1; }
	@echo 'Installing into .venv, once; this takes some minutes.'
	test -n '$(INSTALLED)' || $(PYTHON) -m venv --clear .venv
	@torch='$(TORCH)'; \
	if [ -z "$$torch" ] && $(NO_GPU); then \
		if $(RUN) -c '$(ANSWERS)' 2>/dev/null; then \
			torch=cpu; echo 'No NVIDIA GPU here: PyTorch comes in its small build; TORCH=cuda takes the large one.'; \
		else \
			echo 'No NVIDIA GPU here, but $(TORCH_INDEX) does not answer: PyTorch comes with 5 GB for GPUs.'; \
		fi; \
	fi; \
	if [ "$$torch" = cpu ]; then $(RUN) -m pip install --index-url $(TORCH_INDEX) torch torchvision; fi
	touch $@

.PHONY: .venv/stale
.venv/stale:

# What Colab has: ipywidgets 7.7.1, and a JupyterLab that goes with it, for the tests of the widgets. All else, such as
# torch, it finds where the first environment has it.
.venv/ipywidgets7/installed: .venv/installed
	$(RUN) -m venv --clear .venv/ipywidgets7
	.venv/ipywidgets7/bin/python -m pip install 'ipywidgets==7.7.1' 'jupyterlab-widgets<2' 'jupyterlab<4' anywidget
	$(RUN) -c 'import sysconfig; print("import site; site.addsitedir(%a)" % sysconfig.get_path("purelib"))' \
		> "$$(.venv/ipywidgets7/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/parent.pth"
	touch $@

# esbuild, by the npm that .venv has; no script of a package is run.
browser/node_modules: browser/package-lock.json .venv/tools
	.venv/bin/npm ci --prefix browser --ignore-scripts --no-audit --no-fund
	touch $@

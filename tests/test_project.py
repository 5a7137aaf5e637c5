"""The project's own files agree with each other."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from setuptools import find_namespace_packages

import aelib
import links

try:
    import tomllib
except ImportError:  # Python 3.10; pytest brings tomli there
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# What conda calls otherwise than pip.
CONDA_NAMES = {"tensorboardX": "tensorboardx", "torch": "pytorch", "PyWavelets": "pywavelets"}


def test_conda_environment_names_every_dependency():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *from_conda, from_pip = environment["dependencies"]
    listed = {name.split("=")[0] for name in [*from_conda, *from_pip["pip"]]}
    requirements = PYPROJECT["project"]["dependencies"] + PYPROJECT["project"]["optional-dependencies"]["lab"]
    needed = {re.match(r"[\w-]+", requirement)[0] for requirement in requirements}
    assert {CONDA_NAMES.get(name, name) for name in needed} == listed - {"python", "pip"}


@pytest.mark.parametrize("name", ["postBuild", "README.md"])
def test_pillow_comes_from_pypi_where_conda_installs(name):
    [pillow] = [need for need in PYPROJECT["project"]["dependencies"] if need.startswith("pillow")]
    assert f'pip install --no-deps --force-reinstall "{pillow}"' in (ROOT / name).read_text(encoding="utf-8")


def test_versions_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == aelib.__version__ == PYPROJECT["project"]["version"]


def test_licences_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["license"] == PYPROJECT["project"]["license"].split(" AND ")[0]  # of the code


def test_every_licence_text_is_in_the_index():
    index = (ROOT / "LICENSES" / "README.md").read_text(encoding="utf-8")
    texts = {file.name for file in (ROOT / "LICENSES").glob("*.txt")}
    assert texts == set(re.findall(r"\(([^()/]+\.txt)\)", index))


@pytest.mark.parametrize("name", ["tools/offline", ".ci/run", "postBuild"])
def test_scripts_are_executable(name):
    assert os.access(ROOT / name, os.X_OK)


def test_make_help_lists_every_target():
    targets = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1].split()
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(targets) == set(re.findall(r"make ([a-z]+)  ", shown))


def modules():
    """Return the syntax trees of each module of aelib: one, or for a package, that of each of its files."""
    trees = {}
    for file in sorted((ROOT / "aelib").rglob("*.py")):
        name = file.relative_to(ROOT / "aelib").parts[0].removesuffix(".py")
        trees.setdefault(name, []).append(ast.parse(file.read_text(encoding="utf-8")))
    del trees["__init__"]
    return trees


def imported(trees):
    """Return the modules of aelib that a module imports, wherever in its code; for a package, its own name too."""
    names = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("aelib.")}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "aelib names its modules in full, from aelib.data import …"
            if node.module.split(".")[0] == "aelib":
                names |= {node.module.split(".")[1]} if "." in node.module else {alias.name for alias in node.names}
    return names


def test_contributing_says_which_module_imports_which():
    """Its table has a row ``| `name`, `name` | `name`, `name` |`` for the modules that import the same others.

    ``exercises`` is not in it: it imports what a check needs when it runs, and no other module imports it.
    """
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = re.search(r"\| module \| imports of the others \|\n\|---\|---\|\n((?:\|.*\n)+)", text)[1]
    said = {}
    for row in table.splitlines():
        names, others = (re.findall(r"`(\w+)`", part) for part in row.strip("|").split("|"))
        assert not (later := set(others) - set(said)), f"CONTRIBUTING.md: {later} must stand above {names}"
        said |= {name: set(others) for name in names}
    true = {name: imported(trees) - {name} for name, trees in modules().items() if name != "exercises"}
    assert said == true, "mend the table in CONTRIBUTING.md, or the imports"


def test_the_package_lists_its_modules():
    assert set(aelib._MODULES) == set(modules()), "_MODULES in aelib/__init__.py must name each module of aelib"
    tests = {file.stem for file in (ROOT / "tests").glob("test_*.py")}
    assert {f"test_{name}" for name in modules()} <= tests, "each module of aelib has its tests in tests/test_name.py"


def test_every_file_of_the_package_is_installed():
    found = find_namespace_packages(str(ROOT), **PYPROJECT["tool"]["setuptools"]["packages"]["find"])
    folders = {file.parent.relative_to(ROOT) for file in (ROOT / "aelib").rglob("*") if file.is_file()}
    assert set(found) == {".".join(folder.parts) for folder in folders if folder.name != "__pycache__"}


def test_every_shipped_network_has_a_recipe_and_a_checksum():
    from aelib import training
    from train_weights import TRAINERS

    shipped = {file.stem for file in (ROOT / "aelib" / "assets").glob("*.safetensors")}
    assert shipped == set(TRAINERS), "TRAINERS in tools/train_weights.py must name each file of weights"
    assert shipped == set(training.PRETRAINED), "PRETRAINED in aelib/training/weights.py must name each file of weights"
    large = {file.stem for file in (ROOT / "aelib" / "assets").glob("*.safetensors") if file.stat().st_size > 2e6}
    assert large <= {"repair-lost"}, "git keeps every version of weights: at most 2 MB each"


def test_offline_hands_on_arguments_and_exit_status():
    command = ["tools/offline", "sh", "-c", 'echo "$1"; exit 3', "sh", "two  words; $HOME"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout, result.returncode) == ("two  words; $HOME\n", 3)


def test_all_links_have_the_projects_address():
    assert links.main(["--check"]) == 0, "make format writes the address into the files that it names"


def test_writing_links_needs_no_torch():
    script = "import sys, links; print('torch' in sys.modules)"
    places = os.pathsep.join([str(ROOT), str(ROOT / "tools")])
    process = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": places}, capture_output=True, text=True
    )
    assert process.stdout == "False\n", process.stderr


@pytest.fixture
def copy(tmp_path):
    """Return a folder with all files that link to the project, and one with more links, to another owner's."""
    for file in [ROOT / "pyproject.toml", *links.linked_files()]:
        target = tmp_path / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    project = "OLD/autoencoders-in-practice"
    (tmp_path / "more.md").write_bytes(
        f"https://colab.research.google.com/github/{project}/blob/main/notebooks/01_concepts.ipynb\r\n"
        f"https://mybinder.org/v2/gh/{project}/main https://raw.githubusercontent.com/{project}/main/images/x.png\n"
        f"git+https://github.com/{project}.git https://codespaces.new/{project}?quickstart=1\n"
        "https://github.com/pytorch/pytorch https://github.com/OLD/autoencoders-in-practice-too\n".encode()
    )
    return tmp_path


def all_lead_to(repository, folder):
    """Return whether the links in the copy lead to one repository, as many as lead to the project's in the original."""
    for file in [ROOT / "pyproject.toml", *links.linked_files()]:
        times = file.read_text(encoding="utf-8").count(f"/{links.repository()}")
        assert (folder / file.relative_to(ROOT)).read_text(encoding="utf-8").count(f"/{repository}") == times, file
    text = (folder / "more.md").read_bytes().decode()
    assert "github.com/pytorch/pytorch " in text and "OLD/autoencoders-in-practice-too" in text
    return text.count(f"/{repository}") == 5 and "\r\n" in text


def test_all_files_follow_the_address_in_pyproject(copy, capsys):
    pyproject, old = copy / "pyproject.toml", links.repository()
    pyproject.write_text(pyproject.read_text(encoding="utf-8").replace(str(old), f"ada-l/{old.name}"))
    assert links.main(["--check"], root=copy) == 1
    assert "more.md" in capsys.readouterr().out
    assert "OLD" in (copy / "more.md").read_text(encoding="utf-8")

    assert links.main([], root=copy) == 0
    assert links.main(["--check"], root=copy) == 0
    assert all_lead_to(f"ada-l/{old.name}", copy)


@pytest.mark.parametrize("name", ["autoencoders-in-practice", "my.course"])
def test_one_command_publishes_the_course_under_an_address(name, copy, capsys):
    assert links.main(["--publish", f"https://github.com/ada-l/{name}"], root=copy) == 0
    said = capsys.readouterr().out
    assert "pyproject.toml: links rewritten" in said and f"lead to https://github.com/ada-l/{name} now" in said
    assert links.main(["--check"], root=copy) == 0 and all_lead_to(f"ada-l/{name}", copy)
    readme = (copy / "README.md").read_text(encoding="utf-8")
    assert (
        len(re.findall(rf"cd {name}$", readme, re.MULTILINE)) == readme.count("git clone") == readme.count("\ncd ") + 1
    )

    assert links.main(["--publish", f"https://github.com/ada-l/{name}"], root=copy) == 0
    assert "already" in capsys.readouterr().out

    assert links.main(["--publish", "https://github.com/grace/other"], root=copy) == 0
    assert all_lead_to("grace/other", copy)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/ada/course.py", "https://github.com/ada/course.py.git", "https://github.com/ada/course.py/",
        "git@github.com:ada/course.py.git", "git@github.com:ada/course.py", "ssh://git@github.com/ada/course.py.git",
        "https://ada:secret@github.com/ada/course.py.git", "http://www.GitHub.com/ada/course.py",
        "github.com/ada/course.py",
    ],
)  # fmt: skip
def test_an_address_may_be_written_as_git_or_a_browser_has_it(url):
    assert links.from_url(url) == ("ada", "course.py")


@pytest.mark.parametrize(
    "url", ["https://gitlab.com/ada/course", "https://github.com/ada", "ada/course", "https://notgithub.com/ada/course"]
)
def test_an_address_that_badges_cannot_have_is_refused(url, copy, capsys):
    before = (copy / "README.md").read_bytes()
    assert links.main(["--publish", url], root=copy) == 1
    assert f"{url} is no repository on GitHub" in capsys.readouterr().err
    assert (copy / "README.md").read_bytes() == before

    (copy / "pyproject.toml").write_text(f'Repository = "{url}"\n')
    assert links.main([], root=copy) == 1
    assert "pyproject.toml needs Repository = " in capsys.readouterr().err


def make_publish(folder):
    return subprocess.run(
        ["make", "-f", ROOT / "Makefile", "publish", f"PYTHON={sys.executable}"],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_the_address_is_that_of_gits_origin_or_what_to_do_is_said(copy):
    for folder in ("aelib", "tools"):
        shutil.copytree(ROOT / folder, copy / folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("assets"))
    subprocess.run(["git", "init", "-q"], cwd=copy, check=True)
    without = make_publish(copy)
    assert without.returncode != 0 and "Traceback" not in without.stderr
    assert "no remote called origin" in without.stderr and "make publish URL=https://github.com/" in without.stderr

    subprocess.run(["git", "remote", "add", "origin", "git@github.com:ada/course.git"], cwd=copy, check=True)
    published = make_publish(copy)
    assert published.returncode == 0, published.stderr
    assert "lead to https://github.com/ada/course now" in published.stdout and all_lead_to("ada/course", copy)

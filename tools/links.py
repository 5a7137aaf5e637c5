"""Write the project's address, which only pyproject.toml defines, into every link to the project.

python tools/links.py                    rewrite the files
python tools/links.py --check            only name those that differ, and exit with 1 if there are any
python tools/links.py --publish [URL]    take another address, or that of git's remote origin, and rewrite the files
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from aelib.files import write_whole

ROOT = Path(__file__).parents[1]
PROJECT = "autoencoders-in-practice"
FILES = (
    "*.md", "*.cff", "*.yml", ".devcontainer/*", ".github/**/*.yml", "LICENSES/*.md", "images/*.md",
    "notebooks/*.ipynb", "notebooks/*.md", "aelib/**/*.py", "docker/*",
)  # fmt: skip
# Every site that names a GitHub repository by owner and name.
SITES = r"github\.com|githubusercontent\.com|colab\.research\.google\.com/github|mybinder\.org/v2/gh|codespaces\.new"
REPOSITORY = re.compile(r'^Repository = "https://github\.com/([\w.-]+)/([\w.-]+)"$', re.MULTILINE)
# What git, a browser's address line and GitHub's green button call a repository.
URL = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?(?:www\.)?github\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?", re.IGNORECASE
)
NO_REMOTE = """git has no remote called origin here. Make an empty repository on GitHub, then either of

    make publish URL=https://github.com/<you>/<its name>
    git remote add origin https://github.com/<you>/<its name> && make publish"""


class Repository(NamedTuple):
    """A repository on GitHub, on which Colab's and Binder's addresses are based."""

    owner: str
    name: str

    def __str__(self) -> str:
        """Return it in GitHub's notation."""
        return f"{self.owner}/{self.name}"


def repository(root: Path = ROOT) -> Repository:
    """Return the repository named in pyproject.toml. Raises ``ValueError`` if that names none on GitHub."""
    found = REPOSITORY.search((root / "pyproject.toml").read_text(encoding="utf-8"))
    if not found:
        raise ValueError('pyproject.toml needs Repository = "https://github.com/<owner>/<name>".')
    return Repository(*found.groups())


def from_url(url: str) -> Repository:
    """Return the repository at an address. Raises ``ValueError`` if it is not on GitHub."""
    found = URL.fullmatch(url)
    if not found:
        raise ValueError(
            f"{url} is no repository on GitHub, which Colab, Binder and the badges need; give one as "
            "make publish URL=https://github.com/<owner>/<name>"
        )
    return Repository(*found.groups())


def of_origin(root: Path = ROOT) -> str:
    """Return the address of git's remote ``origin``. Raises ``ValueError`` if there is none."""
    git = subprocess.run(["git", "remote", "get-url", "origin"], cwd=root, capture_output=True, text=True)
    if git.returncode:
        raise ValueError(NO_REMOTE)
    return git.stdout.strip()


def linked_files(root: Path = ROOT) -> list[Path]:
    """Return all files that may have links to the project."""
    return sorted(file for pattern in FILES for file in root.glob(pattern) if file.is_file())


def changed_files(new: Repository, root: Path = ROOT) -> dict[Path, str]:
    """Return each file that links to a repository other than ``new``, with the text that it should have.

    A link to the project has its name, whoever is the owner, or is to the repository in pyproject.toml. Where a line
    clones one, it also goes into its folder.
    """
    old = repository(root)
    links = re.compile(rf"(?P<site>{SITES})/(?:[\w.-]+/{PROJECT}|{re.escape(str(old))})(?![\w-])")
    folders = re.compile(rf"\bcd (?:{PROJECT}|{re.escape(old.name)})(?![\w-])")
    changed = {}
    for file in linked_files(root):
        text = file.read_bytes().decode()  # read_text would change line endings
        right = folders.sub(f"cd {new.name}", links.sub(rf"\g<site>/{new}", text))
        if right != text:
            changed[file] = right
    return changed


def write(changed: dict[Path, str], root: Path = ROOT) -> None:
    """Write the changed files, and name them."""
    for file, text in changed.items():
        write_whole(file, text.encode())
        print(f"{file.relative_to(root)}: links rewritten")


def publish(url: str | None = None, root: Path = ROOT) -> None:
    """Write an address, or that of git's remote ``origin``, into pyproject.toml and all links; say what changed.

    Raises ``ValueError`` where there is none, or one that is not on GitHub.
    """
    new = from_url(url or of_origin(root))
    changed = changed_files(new, root)
    pyproject = root / "pyproject.toml"
    text = pyproject.read_bytes().decode()
    right = REPOSITORY.sub(f'Repository = "https://github.com/{new}"', text)
    write(({pyproject: right} if right != text else {}) | changed, root)
    if right != text or changed:
        print(f"All links lead to https://github.com/{new} now. Look at them with git diff, commit, and push.")
    else:
        print(f"All links lead to https://github.com/{new} already.")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Do what the arguments say; return 1 if a check finds links to another address, or none can be written."""
    try:
        if arguments[:1] == ["--publish"]:
            publish(*arguments[1:2], root=root)
            return 0
        changed = changed_files(repository(root), root)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments == ["--check"]:
        for file in changed:
            print(f"{file.relative_to(root)}: links to another address")
        return int(bool(changed))
    write(changed, root)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

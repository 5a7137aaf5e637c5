"""Write the project's address, which stands in pyproject.toml alone, into every link to the project.

python tools/links.py            rewrite the files
python tools/links.py --check    only name those that differ, and exit with 1 if there are any
"""

import re
import sys
from pathlib import Path

from aelib.files import write_whole

ROOT = Path(__file__).parents[1]
PROJECT = "autoencoders-in-practice"
FILES = (
    "*.md", "*.cff", "*.yml", ".devcontainer/*", ".github/**/*.yml", "LICENSES/*.md", "images/*.md",
    "notebooks/*.ipynb", "notebooks/*.md", "aelib/**/*.py", "docker/*",
)  # fmt: skip
# Every site that names a GitHub repository by owner and name; other people's repositories have other names.
LINK = re.compile(
    r"(?P<site>github\.com|githubusercontent\.com|colab\.research\.google\.com/github|mybinder\.org/v2/gh|codespaces\.new)"
    rf"/[\w.-]+/{PROJECT}(?![\w-])"
)


def project_owner(root: Path = ROOT) -> str:
    """Return the owner in pyproject.toml's Repository address.

    Raises ``ValueError`` when the address is not one on GitHub with the project's name, from which Colab and Binder
    build theirs.
    """
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    address = re.search(rf'^Repository = "https://github\.com/([\w.-]+)/{PROJECT}"$', text, re.MULTILINE)
    if not address:
        raise ValueError(f'pyproject.toml needs Repository = "https://github.com/<owner>/{PROJECT}".')
    return address[1]


def linked_files(root: Path = ROOT) -> list[Path]:
    """Return all files that may have links to the project."""
    return sorted(file for pattern in FILES for file in root.glob(pattern) if file.is_file())


def outdated_files(root: Path = ROOT) -> dict[Path, str]:
    """Return each file with a link to another address than the project's, with the text that it should have."""
    owner = project_owner(root)
    outdated = {}
    for file in linked_files(root):
        text = file.read_bytes().decode()  # read_text would change line endings
        right = LINK.sub(rf"\g<site>/{owner}/{PROJECT}", text)
        if right != text:
            outdated[file] = right
    return outdated


def main(check: bool, root: Path = ROOT) -> int:
    """Rewrite the files, or with ``check`` only name them; return 1 when a check finds any, else 0."""
    outdated = outdated_files(root)
    for file, text in outdated.items():
        print(f"{file.relative_to(root)}: {'links to another address' if check else 'links rewritten'}")
        if not check:
            write_whole(file, text.encode())
    return int(check and bool(outdated))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))

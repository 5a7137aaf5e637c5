"""Try the set-up cell as on Colab: in a fresh environment with Colab's packages, which must stay as they are.

python tools/colab.py

It takes some minutes, and 7 GB of disk for a while: Colab's torch is the large build. The course is installed from the
last commit of this repository instead of from the network. Only some of Colab's packages are there, in their
newest versions, so it is no trial on Colab itself.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

import links
import notebooks

PREINSTALLED = ("torch", "torchvision", "numpy", "matplotlib", "ipywidgets==7.7.1", "ipykernel")
# What the set-up cell looks for to know where it is.
ON_COLAB = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')"
# What must work then: data and weights come with the package.
USE_IT = "print(training.held_out_psnr(training.pretrained('dense-32'), data.load('fashion-mnist').test), 'dB')"


def main() -> None:
    """Install, run the set-up cell, and raise ``SystemExit`` if it fails or replaces a package."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = f"{folder}/bin/python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PREINSTALLED], check=True)
        before = versions(python)
        subprocess.run([python, "-m", "IPython", "-c", f"{ON_COLAB}\n{set_up_cell()}\n{USE_IT}"], check=True)
        after = versions(python)
    replaced = {name: (version, after.get(name)) for name, version in before.items() if after.get(name) != version}
    new = sorted(set(after) - set(before))
    print(f"{len(before)} packages stayed as they were. New: {', '.join(f'{name} {after[name]}' for name in new)}")
    if replaced:
        raise SystemExit(f"The set-up cell has replaced {replaced}")


def set_up_cell() -> str:
    """Return the set-up cell, changed to install from this repository instead of from its address."""
    notebook = nbformat.read(notebooks.LESSONS[0], as_version=4)
    source = next(cell.source for cell in notebook.cells if "set-up" in cell.metadata.get("tags", []))
    address = f"git+https://github.com/{links.repository()}"
    if address not in source:
        raise SystemExit(f"The set-up cell does not install {address}.")
    return source.replace(address, f"git+file://{Path(__file__).parents[1]}")


def versions(python: str) -> dict[str, str]:
    """Return the version of each package in an environment."""
    listed = subprocess.run([python, "-m", "pip", "list", "--format=json"], check=True, capture_output=True).stdout
    return {package["name"]: package["version"] for package in json.loads(listed)}


if __name__ == "__main__":
    main()

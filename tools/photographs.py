"""The photographs that the photograph networks learn from, and those that they are measured on.

All come from Debian's packages lomiri-wallpapers-16.04, lomiri-wallpapers-20.04 and mate-backgrounds, whose
/usr/share/doc/*/copyright name the photographers and licences (CC BY, CC BY-SA, CC0, GPL), or from scikit-image. None
is in this repository.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage import data

WALLPAPERS = Path("/usr/share/backgrounds")
TRAINING = (
    "Bridge_by_Sander_Klootwijk.jpg",
    "Dragonfly_by_Bolly.jpg",
    "Kleiber_by_Lukas_Baubkus.jpg",
    "Picture_0B_by_freespace.jpg",
    "Wine_by_Jakkub_Mede.jpg",
    "aitzgorri_by_Aitzol_Berasategi.jpg",
    "free_by_Peter_Nerlich.jpg",
    "greentock_by_Peter_Nerlich.jpg",
    "life_by_Aitzol_Berasategi.jpg",
    "mate/nature/Aqua.jpg",
    "mate/nature/Blinds.jpg",
    "mate/nature/FreshFlower.jpg",
    "mate/nature/GreenMeadow.jpg",
    "mate/nature/LadyBird.jpg",
    "mate/nature/RainDrops.jpg",
    "mate/nature/YellowFlower.jpg",
    "seeding_by_Clements_Engelhardt.jpg",
    "sunset_by_Aitzol_Berasategi.jpg",
)
# For choosing recipes.
VALIDATION = ("picosdeeuropa_by_Aitzol_Berasategi.jpg", "Picture_1A_by_freespace.jpg", "mate/nature/TwoWings.jpg")
# Held out: used neither for training nor for choosing.
TEST = (
    "friends_by_Aitzol_Berasategi.jpg",
    "mate/nature/Dune.jpg",
    "mate/nature/Garden.jpg",
    "mate/nature/Storm.jpg",
)
TEST_IN_SCIKIT_IMAGE = ("astronaut", "chelsea", "coffee", "rocket")


def read(name: str, longest: int) -> np.ndarray:
    """Return a wallpaper (H, W, 3), ``uint8``, shrunk by area averages until JPEG's artefacts are gone."""
    if not (WALLPAPERS / name).is_file():
        raise FileNotFoundError(
            f"There is no {WALLPAPERS / name}. apt install lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 "
            f"mate-backgrounds"
        )
    photo = Image.open(WALLPAPERS / name).convert("RGB")
    times = longest / max(photo.size)
    return np.asarray(photo.resize([round(times * side) for side in photo.size], Image.Resampling.BOX))


def patches(count: int, side: int) -> torch.Tensor:
    """Return square patches (count, 3, side, side), ``uint8``, from anywhere in the training photographs.

    They are turned, and red, green and blue change places or become negatives: so few photographs have too few colours.
    """
    random = np.random.default_rng(0)
    photos = [read(name, longest) for name in TRAINING for longest in (512, 800)]
    photos += [data.hubble_deep_field(), np.asarray(data.stereo_motorcycle()[0])]
    areas = np.array([photo.shape[0] * photo.shape[1] for photo in photos])
    chosen = []
    for _ in range(count):
        photo = photos[random.choice(len(photos), p=areas / areas.sum())]
        top, left = (random.integers(length - side + 1) for length in photo.shape[:2])
        patch = np.rot90(photo[top : top + side, left : left + side], random.integers(4))
        patch = patch[:, ::-1] if random.random() < 0.5 else patch
        negative = (random.random(3) < 0.3).astype(np.uint8) * 255
        chosen.append(patch[..., random.permutation(3)] ^ negative)  # 255 − value, by its bits
    return torch.from_numpy(np.stack(chosen)).permute(0, 3, 1, 2).contiguous()


def measured(names: tuple[str, ...] = TEST) -> dict[str, torch.Tensor]:
    """Return whole photographs (1, 3, H, W), ``uint8``, by name; for the test set, scikit-image's too."""
    photos = {Path(name).stem: read(name, longest=512) for name in names}
    if names is TEST:
        photos |= {name: getattr(data, name)() for name in TEST_IN_SCIKIT_IMAGE}
    return {name: torch.from_numpy(photo.copy()).permute(2, 0, 1)[None] for name, photo in photos.items()}

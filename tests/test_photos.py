"""Photographs of any size and mode are read, mended without seams, and written whole; what is no photograph is told."""

import errno
import functools
import math
import os
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data as photographs
from torch.nn import functional as F

from aelib import classical, data, metrics, models, photos, repair, training

CAT = torch.from_numpy(photographs.chelsea()).permute(2, 0, 1)[None].contiguous()  # (1, 3, 300, 451)


@pytest.fixture
def network():
    """Return a network that changes images in its own way, near and far."""
    network = models.RepairNet(3, (6, 8), blocks=1, patch=2, seed=1)
    torch.nn.init.normal_(network.last.weight, std=0.05, generator=torch.Generator().manual_seed(1))
    return network.eval()


def file_of(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_every_mode_are_read(mode, tmp_path):
    grey = Image.fromarray(np.tile(np.arange(0, 240, 8, dtype=np.uint8), (20, 1)))
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode == "F":
        picture = Image.fromarray(np.asarray(grey).astype(np.float32) / 255)
    else:
        picture = grey.convert("RGB").convert(mode) if mode == "P" else grey.convert(mode)
    kind = "TIFF" if mode in ("CMYK", "F") else "PNG"
    content = file_of(picture, kind)
    photo = data.load_photo(content)
    assert photo.shape == (1, 3, 20, 30) and photo.dtype == torch.uint8
    path = tmp_path / "picture"
    path.write_bytes(content)
    assert torch.equal(data.load_photo(path), photo) and torch.equal(data.load_photo(str(path)), photo)
    if mode not in ("1", "P", "CMYK"):
        assert (photo[0, 0].int() - torch.from_numpy(np.array(grey)).int()).abs().max() <= 1


def test_pictures_are_turned_upright_and_laid_on_white():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    assert data.load_photo(file_of(Image.new("RGB", (30, 20)), "JPEG", exif=exif)).shape == (1, 3, 30, 20)
    assert (data.load_photo(file_of(Image.new("RGBA", (3, 3), (0, 0, 0, 0)))) == 255).all()


def test_the_first_picture_of_an_animation_counts():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    photo = data.load_photo(file_of(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert photo[0, :, 0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a picture"),
        (b"a letter to a friend", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (file_of(Image.new("RGB", (64, 64), "red"))[:90], "could not be read"),
        (file_of(Image.effect_noise((64, 64), 50), "JPEG")[:700], "could not be read"),
        (file_of(Image.new("1", (9000, 9000))), "9000 × 9000 pixels are too many"),
        (file_of(Image.new("1", (40_000, 40_000))), "could not be read"),
    ],
    ids=["empty", "text", "EPS", "cut PNG", "cut JPEG", "large", "bomb"],
)
def test_what_is_no_photograph_is_told_in_a_sentence(content, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        data.load_photo(content)
    path = tmp_path / "letter.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"letter\.png"):
        data.load_photo(path)


def test_a_missing_file_is_told():
    with pytest.raises(FileNotFoundError, match=r"nowhere\.png"):
        data.load_photo("nowhere.png")


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (37, 50), (384, 384), (385, 769), (400, 800)])
def test_tiles_show_no_seam(network, size):
    photo = torch.randint(256, (1, 3, *size), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    lost = torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(1)) < 0.1
    lost[..., 0, 0] = True
    with torch.no_grad():
        whole = (255 * network(data.as_float(photo), lost).clamp(0, 1)).round()
    in_tiles = photos.in_tiles(network, photo, lost, on_progress=lambda share: None)
    assert in_tiles.shape == photo.shape and in_tiles.dtype == torch.uint8
    assert (in_tiles - whole).abs().max() <= 1
    assert (whole - photo).abs().float().mean() > 1  # there was something to do


def test_progress_is_told_up_to_the_end(network):
    shares = []
    photos.in_tiles(network, torch.zeros(1, 3, 400, 800, dtype=torch.uint8), on_progress=shares.append)
    assert shares == [pytest.approx(part / 6) for part in range(1, 7)]


def test_pixels_that_are_not_lost_stay_and_lost_ones_tell_nothing(network):
    _, lost = repair.damage(CAT, "scratches")
    repaired = photos.repair_photo(network, CAT, lost)
    keeps = ~lost.expand_as(CAT)
    assert torch.equal(repaired[keeps], CAT[keeps]) and not torch.equal(repaired, CAT)
    assert torch.equal(photos.repair_photo(network, CAT.masked_fill(lost, 255), lost), repaired)


def test_broad_marks_are_filled_from_the_rim_inwards_and_tiles_without_marks_are_left(network):
    lost = torch.zeros(1, 1, 400, 800, dtype=torch.bool)
    lost[..., 100:122, 20:200] = True  # 22 pixels broad, in the first of six tiles
    seen, shares = [], []

    def watched(tile, tile_lost):
        seen.append(tile_lost.sum().item())
        return network(tile, tile_lost)

    photo = torch.full((1, 3, 400, 800), 200, dtype=torch.uint8)
    photos.repair_photo(watched, photo, lost, shares.append)
    assert seen == [22 * 180, 12 * 170, 2 * 160]
    assert shares == sorted(shares) and shares[-1] == 1


def test_a_photograph_that_is_lost_as_a_whole_is_still_answered(network):
    lost = torch.ones(1, 1, 20, 30, dtype=torch.bool)
    assert photos.repair_photo(network, CAT[..., :20, :30], lost).shape == (1, 3, 20, 30)


def test_a_photograph_is_doubled(network):
    assert photos.double_photo(network, CAT[:, :, :31, :50]).shape == (1, 3, 62, 100)


def test_a_photograph_is_doubled_up_to_the_size_that_can_be_read_again():
    side = math.isqrt(data.MAX_PICTURE_PIXELS) // 2
    assert data.MAX_PICTURE_PIXELS % (4 * side) == 0
    black = torch.zeros(1, 3, 1, 1, dtype=torch.uint8)
    seen = []

    def stopped(tile, lost):
        seen.append(tile.shape)
        raise RuntimeError("one tile is enough to see that it is not refused")

    with pytest.raises(RuntimeError, match="one tile"):
        photos.double_photo(stopped, black.expand(1, 3, side, side))
    with pytest.raises(ValueError, match=f"more than {data.MAX_PICTURE_PIXELS:,}"):
        photos.double_photo(stopped, black.expand(1, 3, side, side + 1))
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["repair_photo", "in_tiles", "double_photo", "png"])
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (photographs.chelsea(), TypeError, r"this is an ndarray\. .*torch\.from_numpy\(photo\)\.permute"),
        ("cat.png", TypeError, r"this is a str\. data\.load_photo reads one from a file"),
        (None, TypeError, "this is a NoneType"),
        (data.as_float(CAT), TypeError, r"uint8; this one is torch\.float32\. Take data\.as_bytes"),
        (CAT.long(), TypeError, r"uint8; this one is torch\.int64"),
        (CAT[0], ValueError, r"\(1, 3, H, W\); this one has \(3, 300, 451\)\. Take photo\[None\]"),
        (CAT[:, :1], ValueError, r"\(1, 3, H, W\); this one has \(1, 1, 300, 451\)"),
        (CAT.repeat(2, 1, 1, 1), ValueError, r"\(1, 3, H, W\)"),
        (CAT[..., :0], ValueError, r"\(1, 3, H, W\)"),
    ],
)
def test_what_is_no_photograph_is_refused_in_a_sentence(name, wrong, error, message, network):
    work = photos.png if name == "png" else functools.partial(getattr(photos, name), network)
    with pytest.raises(error, match=message):
        work(wrong)


LOST = torch.zeros(1, 1, *CAT.shape[2:], dtype=torch.bool)
LOST[..., 5:8, 5:9] = True


@pytest.mark.parametrize("name", ["repair_photo", "in_tiles"])
@pytest.mark.parametrize(
    ("lost", "error", "message"),
    [
        (LOST.float(), TypeError, r"lost must be bool; it is torch\.float32\. Use lost\.bool\(\)"),
        (255 * LOST.to(torch.uint8), TypeError, r"lost must be bool; it is torch\.uint8\. Use lost\.bool\(\)"),
        (LOST.numpy(), TypeError, "lost must be a bool tensor .* got an ndarray"),
        (LOST[..., :9], ValueError, r"lost must have the shape \(1, 1, 300, 451\)"),
        (LOST[0], ValueError, r"lost must have the shape \(1, 1, 300, 451\)"),
        (LOST.expand(1, 3, -1, -1), ValueError, r"lost must have the shape \(1, 1, 300, 451\)"),
    ],
)
def test_marks_of_another_kind_or_shape_are_refused_in_a_sentence(name, lost, error, message, network):
    with pytest.raises(error, match=message):
        getattr(photos, name)(network, CAT, lost, lambda share: None)


@pytest.mark.parametrize("name", ["repair_photo", "in_tiles"])
def test_filling_without_marks_is_refused_in_a_sentence(name):
    with pytest.raises(TypeError, match=r"lost must be a bool tensor \(N, 1, H, W\) that marks pixels; got nothing"):
        getattr(photos, name)(models.ScratchNet((4, 8), 1), CAT, on_progress=lambda share: None)


@pytest.mark.parametrize(
    ("drawn", "error", "message"),
    [
        (lambda tile, lost: (tile, lost), TypeError, "The network must return a tensor of images; it returned a tuple"),
        (lambda tile, lost: None, TypeError, "it returned a NoneType"),
        (lambda tile, lost: tile.numpy(), TypeError, "it returned an ndarray"),
        (lambda tile, lost: tile > 0, TypeError, r"it returned torch\.bool"),
        (lambda tile, lost: tile[:, :1], ValueError, r"must return images of the shape \(1, 3, .* as they went in"),
        (lambda tile, lost: tile[..., ::2], ValueError, "must return images of the shape"),
        (lambda tile, lost: 255 * tile, ValueError, r"pixels from 0 to 255.* Divide what it returns by 255"),
        (lambda tile, lost: tile * math.nan, ValueError, "The network returned NaN"),
    ],
)
@pytest.mark.parametrize("name", ["repair_photo", "double_photo", "filling"])
def test_what_a_network_of_ones_own_returns_is_told_where_it_is_no_picture(name, drawn, error, message):
    white = torch.full((1, 3, 20, 30), 255, dtype=torch.uint8)
    white[..., 0, 0] = 0
    with pytest.raises(error, match=message):
        if name == "double_photo":
            photos.double_photo(drawn, white, lambda share: None)
        elif name == "repair_photo":
            photos.repair_photo(drawn, white, on_progress=lambda share: None)
        else:
            photos.repair_photo(drawn, white, LOST[..., :20, :30], lambda share: None)


def test_a_png_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "cat.png"
    photos.save_png(CAT, path)
    assert torch.equal(data.load_photo(path), CAT)

    def full_disk(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        photos.save_png(CAT.flip(3), path)
    assert torch.equal(data.load_photo(path), CAT)
    assert [file.name for file in tmp_path.iterdir()] == ["cat.png"]


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    photos.save_png(CAT, "~/cats/cat.png")
    assert torch.equal(data.load_photo(tmp_path / "cats" / "cat.png"), CAT)


def test_memory_stays_bounded_for_a_large_photograph():
    script = """
import resource, torch
from aelib import models, photos
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
network = models.RepairNet(3, (48, 96), blocks=2, patch=2)
photos.in_tiles(network, torch.zeros(1, 3, 300, 300, dtype=torch.uint8), on_progress=lambda share: None)
before = peak()
photos.in_tiles(network, torch.zeros(1, 3, 1000, 1500, dtype=torch.uint8), on_progress=lambda share: None)
print((peak() - before) * resource_unit)
""".replace("resource_unit", "1" if sys.platform == "darwin" else "1024")
    grown = int(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)
    assert grown < 150e6, f"{grown / 1e6:.0f} MB more for 4.5 MB of pixels; without tiles it is 390"


EVEN_CAT = CAT[..., :450]


def repaired(kind, *arguments):
    method = photos.double_photo if kind == "low resolution" else photos.repair_photo
    network = training.pretrained(f"photo-{kind.replace(' ', '-')}")
    return method(network, *arguments, on_progress=lambda share: None)


def test_the_shipped_network_takes_more_noise_away_than_its_classical_part():
    photo = torch.from_numpy(photographs.astronaut().copy()).permute(2, 0, 1)[None, :, :256, :256]
    noisy = data.as_bytes(repair.damage(photo, "noise", 25 / 255)[0])
    with torch.no_grad():
        guess = training.pretrained("photo-noise").guesses(data.as_float(noisy))[0]
    assert metrics.psnr(photo, repaired("noise", noisy)) > metrics.psnr(photo, guess) + 0.4 > 31


def test_the_shipped_network_fills_scratches_better_than_a_classical_method():
    damaged, lost = repair.damage(EVEN_CAT, "scratches", 12)
    filled = data.as_float(repaired("lost", data.as_bytes(damaged), lost))
    rival = classical.Baseline("Telea", classical.METHODS["scratches"]["Telea"][0], 3)(damaged, lost)
    errors = [(each - data.as_float(EVEN_CAT))[lost.expand_as(each)].square().mean() for each in (filled, rival)]
    assert errors[0] < errors[1]


def test_the_shipped_network_doubles_better_than_bicubic():
    small = data.as_bytes(F.avg_pool2d(data.as_float(EVEN_CAT), 2))
    bicubic = F.interpolate(data.as_float(small), scale_factor=2, mode="bicubic")
    assert metrics.psnr(EVEN_CAT, repaired("low resolution", small)) > metrics.psnr(EVEN_CAT, bicubic) + 0.1


@pytest.mark.parametrize("kind", ["noise", "lost", "low resolution"])
def test_the_shipped_networks_leave_no_seam_between_tiles(kind, monkeypatch):
    damaged, lost = repair.damage(EVEN_CAT, "strokes" if kind == "lost" else kind, strength=None)  # 21 pixels broad
    network = training.pretrained(f"photo-{kind.replace(' ', '-')}")
    in_tiles = photos.repair_photo(network, data.as_bytes(damaged), lost, lambda share: None)
    seam = photos.TILE
    monkeypatch.setattr(photos, "TILE", 1000)
    whole = photos.repair_photo(network, data.as_bytes(damaged), lost, lambda share: None)
    beside = (in_tiles.int() - whole.int())[..., seam - 8 : seam + 8]
    assert beside.abs().float().mean() < 0.2
    assert (whole.int() - data.as_bytes(damaged).int()).abs().float().mean() > 0.5  # there was something to do

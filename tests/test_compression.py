"""The codec: what goes in comes out, to the bit, from its own files and from no others."""

import hashlib
import pickle
import struct
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from processes import in_new_process, memory_taken
from scipy.stats import multivariate_normal, norm
from torch import nn

from aelib import compression, data, generation, metrics, training
from aelib.compression import Codec, priors
from aelib.models import DenseAutoencoder


def some_images(count=60, shape=(1, 6, 5), seed=0):
    return torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def small_codec(shape=(1, 6, 5), step=0.05, prior="independent", **options):
    return Codec(DenseAutoencoder(4, (8,), shape, **options), some_images(shape=shape), step, prior)


CODECS = {prior: small_codec(prior=prior) for prior in ("independent", "mixture")}
FILES = {prior: codec.compress(some_images(20, seed=1)) for prior, codec in CODECS.items()}
CODEC, FILE = CODECS["independent"], FILES["independent"]
both_priors = pytest.mark.parametrize("prior", list(CODECS))


@both_priors
@pytest.mark.parametrize("shape", [(1, 6, 5), (3, 4, 4)])
@pytest.mark.parametrize("count", [0, 1, 2, 1001])
@pytest.mark.parametrize("step", [1e-3, 0.05, 100.0])
def test_a_file_changes_nothing(shape, count, step, prior):
    codec, images = small_codec(shape, step, prior), some_images(count, shape, seed=1)
    opened = codec.decompress(codec.compress(images))
    assert opened.dtype == torch.uint8 and opened.shape == images.shape
    assert torch.equal(opened, codec.draw(codec.symbols(images)))


def test_symbols_and_pictures_are_those_of_the_network():
    model, images = DenseAutoencoder(4, (8,), (1, 6, 5)), some_images()
    codec = Codec(model, images, 0.05)
    codes = model.encode(data.as_float(images)).detach()
    assert np.abs(codec.symbols(images) - codes.numpy() / 0.05).max() <= 0.5 + 1e-3
    expected = 255 * model.decode(torch.from_numpy(codec.symbols(images)).float() * 0.05).detach().clamp(0, 1)
    assert (codec.draw(codec.symbols(images)) - expected).abs().max() <= 0.5 + 1e-3


def test_float_images_are_as_good_as_whole_numbers():
    images = some_images()
    assert CODEC.compress(images) == CODEC.compress(data.as_float(images))


def test_a_codec_keeps_the_network_as_it_was():
    model = DenseAutoencoder(4, (8,), (1, 6, 5))
    codec = Codec(model, some_images(), 0.05)
    for parameter in model.parameters():
        parameter.data.zero_()
    assert codec.compress(some_images(20, seed=1)) == FILE


@both_priors
def test_a_symbol_that_no_training_image_has_becomes_the_last_one_on_its_side(prior):
    model, images = DenseAutoencoder(4, (8,), (1, 6, 5)), 0.5 + 0.01 * some_images() / 255
    codec = Codec(model, images, 0.01, prior)
    others = torch.tensor([0.0, 1.0]).reshape(2, 1, 1, 1).expand(2, 1, 6, 5)
    symbols = codec.symbols(others)
    assert ((symbols == codec.prior.lowest) | (symbols == codec.prior.highest)).any(axis=1).all()
    assert torch.equal(codec.decompress(codec.compress(others)), codec.draw(symbols))


# What holds for real files.


def real_codec(prior):
    return Codec(training.pretrained("dense-32"), data.load("fashion-mnist").train[:3000], 1.0, prior)


def opened_on(threads, prior, file):
    """Return checksums of a file's images, and of what this process itself writes and draws, on so many threads."""
    torch.set_num_threads(threads)
    codec, images = real_codec(prior), data.load("fashion-mnist").test[:2000]
    parts = (codec.decompress(file).numpy(), codec.draw(codec.symbols(images)).numpy(), codec.compress(images))
    return [hashlib.sha256(part).hexdigest() for part in parts]


@both_priors
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_another_process_with_another_number_of_threads_opens_the_same_images(threads, prior):
    codec, images = real_codec(prior), data.load("fashion-mnist").test[:2000]
    file = codec.compress(images)
    drawn = hashlib.sha256(codec.draw(codec.symbols(images)).numpy()).hexdigest()
    assert in_new_process(opened_on, threads, prior, file) == [drawn, drawn, hashlib.sha256(file).hexdigest()]


def test_a_file_of_10_000_images_is_no_larger_than_their_entropy_says():
    fashion = data.load("fashion-mnist")
    codec = Codec(training.pretrained("dense-32"), fashion.train, 1.0)
    symbols = codec.symbols(fashion.test)
    bits = 0
    for column in symbols.T:
        shares = np.unique(column, return_counts=True)[1] / len(column)
        bits -= len(column) * (shares * np.log2(shares)).sum()
    assert bits / 8 < len(codec.compress(fashion.test)) <= 1.02 * bits / 8


def test_what_the_file_costs_and_shows_is_what_a_curve_says():
    images, test_images = some_images(200, (1, 7, 8)), some_images(50, (1, 7, 8), seed=1)
    model = DenseAutoencoder(4, (8,), (1, 7, 8))
    [fine, coarse] = curve = compression.rate_distortion(model, images, test_images, [0.01, 0.3])
    for point in curve:
        codec = Codec(model, images, point.setting)
        assert point.bytes == len(codec.compress(test_images)) / 50
        assert point.psnr == metrics.psnr(test_images, codec.draw(codec.symbols(test_images)))
    assert fine.bytes > coarse.bytes and fine.psnr > coarse.psnr


# Bad files. None may be opened, and none may raise anything but ValueError.


def refused(file, codec=CODEC):
    with pytest.raises(ValueError) as refusal:
        codec.decompress(file)
    return str(refusal.value)


@both_priors
@settings(max_examples=3000)
@given(examples=st.data())
def test_a_file_with_a_flipped_bit_is_refused(examples, prior):
    changed = bytearray(FILES[prior])
    bit = examples.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit // 8] ^= 1 << bit % 8
    refused(bytes(changed), CODECS[prior])


@settings(max_examples=3000)
@given(st.data())
def test_a_file_with_many_flipped_bits_is_refused(examples):
    flips = examples.draw(st.binary(min_size=len(FILE), max_size=len(FILE)).filter(any))
    refused(bytes(a ^ b for a, b in zip(FILE, flips, strict=True)))


@settings(max_examples=2000)
@given(st.integers(0, len(FILE) - 1), st.integers(1, len(FILE)), st.binary(max_size=8))
def test_a_file_with_a_piece_cut_out_or_put_in_is_refused(first, length, instead):
    changed = FILE[:first] + instead + FILE[first + length :]
    if changed != FILE:
        refused(changed)


@settings(max_examples=1000)
@given(st.binary(max_size=200))
def test_a_foreign_file_is_refused(file):
    refused(file)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        pickle.dumps([1, 2, 3]),
        compression.write_picture(some_images(1)[0], "PNG"),
        compression.write_picture(some_images(1)[0], "JPEG"),
        FILE + FILE,
        FILE[:-1],
        FILE + b"\0",
    ],
)
def test_another_program_s_file_and_a_file_cut_short_or_grown_are_refused(file):
    refused(file)


def forged(payload=None, file=FILE, **changes):
    """Return a file with other fields in its header, or another payload, and the right checksum again."""
    names = ("magic", "version", "fingerprint", "channels", "height", "width", "count")
    fields = dict(zip(names, compression.HEADER.unpack_from(file), strict=True)) | changes
    if payload is None:
        payload = file[compression.HEADER.size : -4]
    content = compression.HEADER.pack(*fields.values()) + payload
    return content + struct.pack("<I", zlib.crc32(content))


def test_a_forged_header_is_refused_even_with_the_right_checksum():
    assert forged() == FILE
    assert "version 0" in refused(forged(version=0))
    assert "later aelib" in refused(forged(version=3))
    assert "another codec" in refused(forged(fingerprint=b"abcd"))
    assert "another codec" in refused(forged(height=5, width=6))
    assert "more than its images" in refused(forged(count=19))
    assert "zero bytes" in refused(forged(FILE[compression.HEADER.size : -4] + b"\0"))
    assert "4,294,967,295 images" in refused(forged(count=2**32 - 1))


def test_a_file_of_the_other_prior_is_refused_and_the_cure_named():
    assert 'Build it with prior="mixture"' in refused(FILES["mixture"])
    assert 'Build it with prior="independent"' in refused(FILE, CODECS["mixture"])
    assert "another codec" in refused(forged(file=FILES["mixture"], version=1))


@both_priors
@settings(max_examples=1000)
@given(payload=st.binary(max_size=300), count=st.integers(0, 50))
def test_a_forged_payload_is_refused_or_gives_as_many_images_as_it_says(payload, count, prior):
    try:
        images = CODECS[prior].decompress(forged(payload, FILES[prior], count=count))
    except ValueError:
        return
    assert images.shape == (count, 1, 6, 5)


def open_forged(prior):
    codec = small_codec(prior=prior)  # in this process, so that its own memory is not counted
    for count in (10**7, 10**9, 2**32 - 1):
        refused(forged(file=FILES[prior], count=count), codec)


@both_priors
def test_an_absurd_number_of_images_takes_no_memory(prior):
    _, megabytes = memory_taken(open_forged, prior)
    assert megabytes < 20


@pytest.mark.parametrize(
    "other",
    [
        small_codec(seed=1),
        small_codec(step=0.06),
        small_codec(activation="relu"),
        Codec(DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(seed=3), 0.05),
        Codec(DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(seed=3), 0.05, "mixture"),
    ],
    ids=["weights", "step", "activation", "training images", "training images of a mixture"],
)
def test_a_file_of_another_codec_is_refused(other):
    prior = "mixture" if isinstance(other.prior, priors.Mixture) else "independent"
    assert "another codec" in refused(FILES[prior], other)


# What a mixture knows.

TABLE = "281c1cd3e677babd999ae235ff7c5d35a025c33722e023b7e4d675dc3a112489"  # SHA-256 of the normal table


def test_a_mixture_writes_the_test_images_in_a_quarter_less():
    fashion = data.load("fashion-mnist")
    network = training.pretrained("dense-32")
    independent, mixture = (
        len(Codec(network, fashion.train, 1.7, prior).compress(fashion.test)) / 10_000 for prior in CODECS
    )
    assert 10 < independent < 10.5 and 7.2 < mixture < 7.6  # bytes an image, both at 20.1 dB


def test_the_probabilities_are_those_of_the_mixture():
    """By scipy: the volume under a component over a code's cell is the product of what its units get in turn."""
    random = np.random.default_rng(0)
    symbols = np.round(random.normal(size=(2000, 2)) @ [[4.0, 3.0], [0.0, 2.0]]).astype(np.int32)
    prior = priors.Mixture(symbols)
    codes = symbols[:40] - prior.lowest
    for component in (0, 3):
        chosen = np.full(len(codes), component)
        shares = [prior._probabilities(chosen, codes, unit) for unit in (0, 1)]
        of_codes = [part[np.arange(40), codes[:, unit]] / part.sum(1) for unit, part in enumerate(shares)]
        mean, covariance = prior._mixture.means_[component], prior._mixture.covariances_[component]
        first = norm(mean[0], covariance[0, 0] ** 0.5)
        exact = first.cdf(codes[:, 0] + 0.5) - first.cdf(codes[:, 0] - 0.5)
        assert of_codes[0] == pytest.approx(exact, abs=2e-3)
        slope = covariance[0, 1] / covariance[0, 0]
        expected = mean[1] + slope * (codes[:, 0] - mean[0])
        spread = (covariance[1, 1] - slope * covariance[0, 1]) ** 0.5
        exact = norm.cdf((codes[:, 1] + 0.5 - expected) / spread) - norm.cdf((codes[:, 1] - 0.5 - expected) / spread)
        assert of_codes[1] == pytest.approx(exact, abs=2e-3)
        density = multivariate_normal(mean, covariance).pdf(codes)
        likely = density > 1e-3
        assert (of_codes[0] * of_codes[1])[likely] == pytest.approx(density[likely], rel=0.3)


def test_the_table_of_the_normal_distribution_is_exact_and_the_same_on_every_machine():
    table = priors.normal_table()
    assert len(table) == 16 * 1024 + 1 and (np.diff(table) >= 0).all() and table[-1] == 2**24
    assert np.abs(table / 2**24 - norm.cdf(np.linspace(-8, 8, len(table)) + 1 / 2048)).max() < 1e-6
    assert hashlib.sha256(table.astype("<i8").tobytes()).hexdigest() == TABLE


def test_the_last_digits_of_a_fit_do_not_change_what_a_mixture_says(monkeypatch):
    """Another processor adds in another order, and its sums differ in the last of 16 digits."""
    symbols = real_codec("independent").symbols(data.load("fashion-mnist").train[:3000])
    fit = generation.fit_mixture

    def shaken(values, *settings, **more):
        noise = torch.randn(values.shape, dtype=values.dtype, generator=torch.Generator().manual_seed(0))
        return fit(values * (1 + 1e-13 * noise), *settings, **more)

    tables = priors.Mixture(symbols).tables()
    monkeypatch.setattr(generation, "fit_mixture", shaken)
    assert all(map(np.array_equal, tables, priors.Mixture(symbols).tables()))


@pytest.mark.parametrize("count", [1, 2, 201])
def test_a_mixture_can_be_fitted_to_few_images_and_to_codes_that_never_vary(count):
    images = some_images(count)
    for network in (DenseAutoencoder(4, (8,), (1, 6, 5)), Broken(torch.zeros(1, 2), GOOD_IMAGE)):
        codec = Codec(network, images, 0.05, "mixture")
        others = some_images(30, seed=2)
        assert torch.equal(codec.decompress(codec.compress(others)), codec.draw(codec.symbols(others)))


def test_a_step_too_fine_for_a_mixture_is_refused():
    with pytest.raises(ValueError, match=r"4,096 symbols.*Take a larger step"):
        small_codec(step=1e-5, prior="mixture")


def test_a_prior_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no prior 'gaussian'; choose from independent, mixture"):
        small_codec(prior="gaussian")
    with pytest.raises(ValueError, match=r"no prior \['mixture'\]"):
        small_codec(prior=["mixture"])


# Bad arguments.


class Broken(nn.Module):
    def __init__(self, codes, images):
        super().__init__()
        self.codes, self.images = codes, images

    def encode(self, images):
        return self.codes.double().expand(len(images), *self.codes.shape[1:])

    def decode(self, codes):
        return self.images.double().expand(len(codes), *self.images.shape[1:])


class TwiceAsMany(DenseAutoencoder):
    def encode(self, images):
        return super().encode(images).repeat(2, 1)


class SinglePrecision(DenseAutoencoder):
    def encode(self, images):
        return super().encode(images.float())


GOOD_IMAGE = torch.zeros(1, 1, 6, 5)


@pytest.mark.parametrize(
    ("model", "images", "step", "error", "message"),
    [
        ("no network", some_images(), 1.0, TypeError, "a str"),
        (DenseAutoencoder(4, (8,), (1, 6, 5)), some_images()[0], 1.0, ValueError, r"\(1, 6, 5\)"),
        (DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(0), 1.0, ValueError, "N ≥ 1"),
        (DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(shape=(1, 5, 6)), 1.0, ValueError, r"\(N, 1, 6, 5\)"),
        (DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(), 0.0, ValueError, "above 0; got 0"),
        (DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(), -1.0, ValueError, "above 0; got -1"),
        (DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(), float("nan"), ValueError, "must be a number; got nan"),
        (DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(), float("inf"), ValueError, "must be finite; got inf"),
        (DenseAutoencoder(4, (8,), (1, 6, 5)), some_images(), 1e-9, ValueError, "Take a larger step"),
        (Broken(torch.full((1, 2), 1e30), GOOD_IMAGE), some_images(), 1.0, ValueError, "Take a larger step"),
        (Broken(torch.full((1, 2), float("nan")), GOOD_IMAGE), some_images(), 1.0, ValueError, "finite"),
        (Broken(torch.zeros(1, 2, 2), GOOD_IMAGE), some_images(), 1.0, ValueError, r"codes \(N, code_size\)"),
        (Broken(torch.zeros(1, 0), GOOD_IMAGE), some_images(), 1.0, ValueError, r"returned the shape \(60, 0\)"),
        (Broken(torch.zeros(1, 2), GOOD_IMAGE * float("nan")), some_images(), 1.0, ValueError, "returned NaN"),
        (nn.Linear(2, 2), some_images(), 1.0, TypeError, "a Linear"),
        (
            TwiceAsMany(4, (8,), (1, 6, 5)),
            some_images(),
            1.0,
            ValueError,
            r"for 60 images it returned the shape \(120, 4\)",
        ),
        (SinglePrecision(4, (8,), (1, 6, 5)), some_images(), 1.0, ValueError, "cannot encode .* in float64"),
        (
            Broken(torch.zeros(1, 2), torch.zeros(1, 1, 5, 6)),
            some_images(),
            1.0,
            ValueError,
            r"decode must return images .* returned the shape \(1, 1, 5, 6\)",
        ),
    ],
)
def test_what_makes_no_codec_is_refused(model, images, step, error, message):
    with pytest.raises(error, match=message):
        Codec(model, images, step)


class Squashed(nn.Module):
    """A network of a learner's own, which says nothing of what it does with its weights."""

    def __init__(self, squash):
        super().__init__()
        self.network, self.squash = DenseAutoencoder(4, (8,), (1, 6, 5), output_activation="linear"), squash

    def encode(self, images):
        return self.network.encode(images)

    def decode(self, codes):
        return self.squash(self.network.decode(codes))


def test_a_file_of_the_same_weights_used_in_another_way_is_refused():
    first, second = (Codec(Squashed(squash), some_images(), 0.05) for squash in (torch.sigmoid, torch.relu))
    assert "another codec" in refused(first.compress(some_images()), second)


def test_more_images_than_a_file_may_hold_are_refused(monkeypatch):
    monkeypatch.setattr(compression.codec, "MAX_VALUES", 20 * 30 - 1)
    with pytest.raises(ValueError, match="at most 599 pixel values together; these have 600"):
        CODEC.compress(some_images(20))
    assert "20 images" in refused(FILE)


def test_images_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\(N, 1, 6, 5\)"):
        CODEC.compress(some_images(shape=(1, 5, 6)))
    with pytest.raises(ValueError, match="NaN"):
        CODEC.compress(torch.full((1, 1, 6, 5), float("nan")))
    with pytest.raises(TypeError, match="int64"):
        CODEC.compress(some_images().long())
    with pytest.raises(TypeError, match="read_bytes"):
        CODEC.decompress("a path")


# The rivals.


@pytest.mark.parametrize("shape", [(1, 6, 5), (3, 4, 7)])
@pytest.mark.parametrize("count", [1, 2, 9, 10])
def test_a_mosaic_comes_apart_into_what_it_was_made_of(shape, count):
    images = some_images(count, shape)
    picture = compression.mosaic(images)
    assert torch.equal(compression.tiles(picture, images.shape), images)
    assert torch.equal(picture[:, : shape[1], : shape[2]], images[0])
    if count > 1:
        assert torch.equal(picture[:, : shape[1], shape[2] : 2 * shape[2]], images[1])


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True})])
@pytest.mark.parametrize("shape", [(1, 6, 5), (3, 4, 7)])
def test_lossless_formats_give_back_what_they_got(kind, options, shape):
    [image] = some_images(1, shape)
    assert torch.equal(compression.read_picture(compression.write_picture(image, kind, **options), shape[0]), image)


def test_a_format_that_pillow_was_built_without_brings_advice(monkeypatch):
    Image.init()
    monkeypatch.delitem(Image.SAVE, "AVIF")
    with pytest.raises(ValueError, match=r"cannot write AVIF.*pip install"):
        compression.standard_rate_distortion("AVIF", some_images(2), [50])


def test_the_header_of_jpeg_is_told_apart_from_its_picture():
    images = data.load("fashion-mnist").test[:200]
    [point] = compression.standard_rate_distortion("JPEG", images, [1])
    assert 320 < point.constant_bytes < 335  # of tables and markers
    assert 360 < point.bytes < 380 and 17.5 < point.psnr < 18.7
    [large] = compression.standard_rate_distortion("JPEG", images, [1], as_mosaic=True)
    assert large.bytes < 60 and large.constant_bytes == 0


def test_constant_bytes_are_those_that_all_files_share():
    assert compression.constant_bytes([b"abcd1xyz", b"abcd2xqz!", b"abcd3"]) == 4
    assert compression.constant_bytes([b"abcd"]) == compression.constant_bytes([]) == 0


def test_the_best_jpegs_are_those_of_all_qualities_and_sizes_that_are_no_larger():
    images = data.load("fashion-mnist").test[:5]
    most = np.array([[0] * 5, [15, 20, 25, 30, 35], [60] * 5, [10**6] * 5])
    drawn, sizes = compression.best_jpegs(images, most)
    assert drawn.dtype == torch.uint8 and drawn.shape == (4, *images.shape) and sizes.shape == (4, 5)
    assert (sizes[0] > 0).all()  # no JPEG is that small: the smallest
    assert (sizes[1:] <= most[1:]).all() and (sizes[0] <= sizes[1]).all()

    def psnr(level, image):
        return metrics.psnr(images[image], drawn[level, image])

    for image in range(5):
        assert psnr(1, image) < psnr(2, image) < psnr(3, image)
    for quality in range(96):
        files = [compression.write_picture(image, "JPEG", quality=quality) for image in images]
        for image, file in enumerate(files):
            rival = metrics.psnr(images[image], compression.read_picture(file, 1))
            for level in range(4):
                if len(file) - compression.constant_bytes(files) <= most[level, image]:
                    assert psnr(level, image) >= rival - 1e-6
    tight = sizes[1:] - 1  # a byte less than what was the best
    assert (compression.best_jpegs(images, tight)[1] <= tight).all()
    # The smallest is a blur of the whole picture, not a piece of it.
    assert metrics.psnr(images, drawn[0]) > 8


def test_a_picture_in_its_own_size_stays_as_it_is():
    images = some_images(3, (3, 7, 9))
    assert torch.equal(compression.curves._resized(images, (7, 9)), images)


def test_pictures_of_a_few_pixels_have_a_best_jpeg_too():
    drawn, _ = compression.best_jpegs(some_images(3, (3, 2, 5)), np.array([[0, 0, 0]]))
    assert drawn.shape == (1, 3, 3, 2, 5)


def test_pictures_that_are_the_same_are_no_header():
    black = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    most = np.array([[0, 0]])
    assert (compression.best_jpegs(black, most)[1] > 0).all()
    [[alone]] = compression.best_jpegs(black[:1], most[:, :1])[1]
    assert alone == compression.best_jpegs(black, most)[1][0, 0]


@pytest.mark.parametrize(
    ("images", "most_bytes", "message"),
    [
        (torch.rand(2, 1, 8, 8), [[1, 1]], "uint8"),
        (some_images(2)[:, 0], [[1, 1]], "N, C, H, W"),
        (some_images(2, (2, 8, 8)), [[1, 1]], r"\(2, 2, 8, 8\)"),
        (some_images(0), [[]], "N ≥ 1"),
        (some_images(2), [1, 1], r"shape \(L, 2\)"),
        (some_images(2), [[1], [1]], r"shape \(L, 2\)"),
    ],
)
def test_best_jpegs_refuses_what_does_not_go_together(images, most_bytes, message):
    with pytest.raises(ValueError, match=message):
        compression.best_jpegs(images, np.array(most_bytes))


def test_a_mosaic_of_nothing_is_refused():
    with pytest.raises(ValueError, match="N ≥ 1"):
        compression.mosaic(some_images(0))


class KeepsItsCodes(DenseAutoencoder):
    def encode(self, images):
        self.last_codes = super().encode(images)
        return self.last_codes


def test_a_network_that_keeps_what_it_computed_is_told():
    model = KeepsItsCodes(4, (8,), (1, 6, 5))
    model.encode(some_images() / 255)
    with pytest.raises(ValueError, match=r"keeps what it computed last, in self\.last_codes.*value\.detach\(\)"):
        Codec(model, some_images(), 0.1)
    model.last_codes = model.last_codes.detach()
    Codec(model, some_images(), 0.1)


def test_a_short_file_cannot_fill_the_memory():
    """Codes that never vary cost nothing to write, so that a file of 42 bytes could hold any number of images."""
    model = DenseAutoencoder(4, (8,), (1, 28, 28))
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.zero_()
    few = torch.zeros(100_000, 1, 28, 28, dtype=torch.uint8)
    codec = Codec(model, few, 1.0)
    file = codec.compress(few[:1])
    content = bytearray(file[: -compression.CHECKSUM.size])
    content[compression.HEADER.size - 4 : compression.HEADER.size] = (1_000_000).to_bytes(4, "little")
    forged = bytes(content) + compression.CHECKSUM.pack(zlib.crc32(content))
    assert len(forged) < 60
    assert "1,000,000 images" in refused(forged, codec)
    most = compression.MAX_VALUES // 784
    with pytest.raises(ValueError, match="at most 134,217,728 pixel values"):
        codec.compress(torch.zeros(1, 1, 28, 28, dtype=torch.uint8).expand(most + 1, -1, -1, -1))


@pytest.mark.parametrize("kind", ["jpeg", "Png", "webp"])
def test_the_name_of_a_format_may_be_written_in_any_way(kind):
    assert compression.write_picture(some_images(1)[0], kind) == compression.write_picture(
        some_images(1)[0], kind.upper()
    )


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (torch.rand(1, 6, 5), TypeError, r"uint8; this image is torch\.float32\. Use data\.as_bytes"),
        (np.zeros((1, 6, 5), dtype=np.uint8), TypeError, "must be a torch tensor"),
        (some_images(2), ValueError, r"One image \(1, H, W\) or \(3, H, W\).*\(2, 1, 6, 5\)"),
        (some_images(2)[:, 0], ValueError, "One image"),
        (some_images(1)[0, 0], ValueError, "One image"),
    ],
    ids=["float", "array", "batch", "two channels", "no channel"],
)
def test_what_is_not_one_picture_is_not_written(image, error, message):
    with pytest.raises(error, match=message):
        compression.write_picture(image, "PNG")


def test_a_decoder_on_another_scale_is_no_codec():
    model = Broken(torch.zeros(1, 2), 200 * torch.ones(1, 1, 6, 5))
    with pytest.raises(ValueError, match=r"decode returned pixels from 200 to 200.* by 255"):
        Codec(model, some_images(), 0.1)


@pytest.mark.parametrize(
    ("symbols", "error"),
    [([[0, 0]], TypeError), (torch.zeros(1, 2), TypeError), (np.array([["a", "b"]]), TypeError),
     (np.zeros((1, 2)), TypeError),
     (np.zeros(2, dtype=int), ValueError), (np.zeros((1, 3), dtype=int), ValueError)],
)  # fmt: skip
def test_symbols_that_are_none_are_told(symbols, error):
    images = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    codec = Codec(DenseAutoencoder(2, (4,), (1, 8, 8)), images, 0.1)
    with pytest.raises(error, match="symbols must"):
        codec.draw(symbols)


@pytest.mark.parametrize("quality", [-1, 101, 7.5, "high"])
def test_a_quality_that_cannot_be_is_told(quality):
    with pytest.raises(ValueError, match="each of qualities must be"):
        compression.standard_rate_distortion("WEBP", torch.zeros(2, 1, 8, 8, dtype=torch.uint8), [quality])


def test_pictures_that_no_mosaic_and_no_file_made_are_told():
    images = torch.arange(5 * 64, dtype=torch.float32).view(5, 1, 8, 8) / 320
    with pytest.raises(ValueError, match=r"has the shape \(1, 24, 24\); this picture has \(1, 16, 24\)"):
        compression.tiles(compression.mosaic(images)[:, :16], images.shape)
    with pytest.raises(ValueError, match=r"shape must be \(N, C, H, W\)"):
        compression.tiles(compression.mosaic(images), (5, 8, 8))
    with pytest.raises(TypeError, match="takes the bytes of a file; got a str"):
        compression.read_picture("picture.png", 1)
    with pytest.raises(ValueError, match="channels must be 1"):
        compression.read_picture(compression.write_picture(data.as_bytes(images)[0], "PNG"), 4)


class Random(DenseAutoencoder):
    def encode(self, images):
        codes = super().encode(images)
        return codes + torch.randn_like(codes)


def test_a_network_that_draws_random_numbers_is_no_codec():
    with pytest.raises(ValueError, match="draws random numbers"):
        Codec(Random(2, (4,), (1, 8, 8)), torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0)), 0.1)


def test_a_format_without_loss_has_no_curve():
    with pytest.raises(ValueError, match=r"A quality has a meaning for JPEG.*got 'PNG'"):
        compression.standard_rate_distortion("PNG", torch.zeros(2, 1, 8, 8, dtype=torch.uint8), [50])

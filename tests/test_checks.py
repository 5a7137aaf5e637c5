"""Hold aelib.checks to its promise: the same mistake brings the same sentence, at the door of every public function."""

import importlib
import inspect
import math
import pkgutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import aelib
from aelib import (
    anomalies,
    checks,
    classical,
    compression,
    data,
    generation,
    metrics,
    models,
    photos,
    plots,
    repair,
    training,
    translation,
    variation,
)
from aelib.widgets import (
    anomaly_slider,
    code_explorer,
    code_plane,
    compression_slider,
    damage_brush,
    judge_slider,
    latent_sliders,
    photo_repair,
    variation_slider,
)

SHAPE = (12, 1, 8, 8)
GENERATOR = torch.Generator().manual_seed(0)
IMAGES = torch.rand(SHAPE, generator=GENERATOR)
MODEL = models.DenseAutoencoder(3, (4,), SHAPE[1:])
LOST = torch.zeros(SHAPE, dtype=torch.bool)
LOST[..., 2:5, 2:5] = True
CODES = torch.randn(60, 3, generator=GENERATOR)
DETECTOR = anomalies.Detector(*torch.rand(2, 20, *SHAPE[1:], generator=GENERATOR))

# Every public function that takes images as they are, called with some.
OF_ORIGINALS = {
    "data.as_float": data.as_float,
    "data.batches": lambda images: list(data.batches(images)),
    "metrics.mse": lambda images: metrics.mse(images, IMAGES),
    "metrics.psnr": lambda images: metrics.psnr(images, IMAGES),
    "metrics.ssim": lambda images: metrics.ssim(images, IMAGES),
    "metrics.edges": lambda images: metrics.edges(images, IMAGES),
    "models.pca": lambda images: models.pca(images, 2),
    "training.fit": lambda images: training.fit(training_model(), images, steps=1, progress=False),
    "training.fit, measured": lambda images: training.fit(
        training_model(), IMAGES, test_images=images, steps=1, progress=False
    ),
    "training.held_out_loss": lambda images: training.held_out_loss(MODEL, images),
    "training.held_out_psnr": lambda images: training.held_out_psnr(MODEL, images),
    "compression.Codec": lambda images: compression.Codec(MODEL, images, 0.1),
    "Codec.symbols": lambda images: compression.Codec(MODEL, IMAGES, 0.1).symbols(images),
    "Codec.compress": lambda images: compression.Codec(MODEL, IMAGES, 0.1).compress(images),
    "compression.rate_distortion": lambda images: compression.rate_distortion(MODEL, IMAGES, images, [0.1]),
    "generation.encode_all": lambda images: generation.encode_all(MODEL, images),
    "generation.sample": lambda images: generation.sample(MODEL, images, "range", 3),
    "generation.nearest": lambda images: generation.nearest(images, IMAGES),
    "generation.nearest, others": lambda images: generation.nearest(IMAGES, images),
    **{f"repair.damage, {kind}": lambda images, kind=kind: repair.damage(images, kind, 2) for kind in repair.WHOLE},
    **{
        f"repair.damage, {kind}": lambda images, kind=kind: repair.damage(images, kind)
        for kind in repair.DAMAGES
        if kind not in repair.WHOLE
    },
    **{f"repair, {kind}": lambda images, kind=kind: repair.DAMAGES[kind](images, 2) for kind in repair.WHOLE},
    **{
        f"repair, {kind}": lambda images, kind=kind: repair.DAMAGES[kind](images)
        for kind in repair.DAMAGES
        if kind not in repair.WHOLE
    },
    "repair.project": lambda images: repair.project(MODEL, images),
    "repair.search_code": lambda images: repair.search_code(MODEL, CODES, images),
    "OnDamage.loss": lambda images: repair.OnDamage(MODEL, [("noise", 0.2)]).loss(images),
    "anomalies.odd_pictures": anomalies.odd_pictures,
    "anomalies.edge_strength": anomalies.edge_strength,
    "anomalies.fineness": anomalies.fineness,
    "anomalies.light": anomalies.light,
    "anomalies.Detector": lambda images: anomalies.Detector(images, DETECTOR.held_back),
    "Detector.clues": lambda images: DETECTOR.clues(images),
    "Detector.scores": lambda images: DETECTOR.scores(images),
    "variation.vary": lambda images: variation.vary(images, right=1),
    "variation.off_centre": variation.off_centre,
    "classical.baselines": lambda images: classical.baselines("salt and pepper", images),
    "classical.Baseline": lambda images: classical.Baseline("median", classical._median, 3)(images),
    "widgets.latent_sliders": lambda images: latent_sliders(MODEL, images),
    "widgets.code_explorer": lambda images: code_explorer(MODEL, images),
    "widgets.code_plane": lambda images: plane_of(images, IMAGES, IMAGES[:, None]),
    "widgets.anomaly_slider": lambda images: anomaly_slider(MODEL, images[:8], DETECTOR),
}  # fmt: skip
# And those that take what a network drew, which may shoot a little beyond black and white.
OF_DRAWN = {
    "data.clamped": data.clamped,
    "data.as_bytes": data.as_bytes,
    "metrics.mse": lambda images: metrics.mse(IMAGES, images),
    "metrics.psnr": lambda images: metrics.psnr(IMAGES, images),
    "metrics.ssim": lambda images: metrics.ssim(IMAGES, images),
    "metrics.edges": lambda images: metrics.edges(IMAGES, images),
    "plots.show_images": lambda images: plots.show_images(images, "Twelve pictures of random pixels."),
    "plots.compare": lambda images: plots.compare({"row": images}, "Twelve pictures of random pixels."),
    "plots.draw_image": lambda images: plots.draw_image(plots.subplots()[1], images[0]),
    "widgets.judge_slider": lambda images: judge_slider({"before": IMAGES, "after": images}, {"judge": [1, 2]}),
    "widgets.code_plane, drawn": lambda images: plane_of(IMAGES, images, IMAGES[:, None]),
    "widgets.code_plane, neighbours": lambda images: plane_of(IMAGES, IMAGES, images[:, None]),
}


def plane_of(images, drawn, neighbours):
    return code_plane(
        dict.fromkeys("ab", (0.5,)), {"a": 20}, [10], images, {"a": drawn}, dict.fromkeys("ab", neighbours)
    )


def training_model(seed=0):
    return models.DenseAutoencoder(3, (4,), SHAPE[1:], seed=seed)


@pytest.mark.parametrize("name", OF_ORIGINALS)
@pytest.mark.parametrize("wrong", [255 * IMAGES, IMAGES + 0.02, 16 * IMAGES, IMAGES - 0.5, IMAGES / IMAGES.std()],
                         ids=["0 to 255", "to 1.02", "0 to 16", "below 0", "divided by their deviation"])  # fmt: skip
def test_pixels_out_of_range_are_refused_at_every_door(name, wrong):
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]; these go from .* to .*255.*clamp"):
        OF_ORIGINALS[name](wrong)


@pytest.mark.parametrize("name", OF_ORIGINALS)
def test_nan_is_refused_at_every_door(name):
    with pytest.raises(ValueError, match="NaN or infinite"):
        OF_ORIGINALS[name](IMAGES.where(IMAGES < 0.9, math.nan))


@pytest.mark.parametrize("name", OF_DRAWN)
def test_what_no_network_drew_between_0_and_1_is_refused(name):
    with pytest.raises(ValueError, match=r"go from .*, and 0 is black and 1 white here"):
        OF_DRAWN[name](255 * IMAGES)
    OF_DRAWN[name](3 * IMAGES - 1)  # a network may shoot beyond


@pytest.mark.parametrize("name", [*OF_ORIGINALS, *OF_DRAWN])
def test_arrays_and_other_numbers_are_refused_at_every_door(name):
    function = (OF_ORIGINALS | OF_DRAWN)[name]
    with pytest.raises(TypeError, match=r"must be a torch tensor; this is an ndarray\. Use torch\.from_numpy"):
        function(IMAGES.numpy())
    with pytest.raises(TypeError, match=r"must be uint8, or float in \[0, 1\]"):
        function((255 * IMAGES).long())


@pytest.mark.parametrize("name", sorted({*OF_ORIGINALS, "plots.show_images", "plots.compare", "metrics.ssim"}
                                        - {"data.as_float", "metrics.mse", "metrics.psnr"}))  # fmt: skip
def test_a_single_image_where_a_batch_is_wanted_is_refused(name):
    with pytest.raises(ValueError, match=r"\(N, .*|N images|one shape|N, C, H, W"):
        (OF_DRAWN | OF_ORIGINALS)[name](IMAGES[0])


@pytest.mark.parametrize("name", sorted(set(OF_ORIGINALS) - {"models.pca", "repair.search_code"}))
def test_bytes_and_what_arithmetic_rounds_are_taken(name):
    OF_ORIGINALS[name](data.as_bytes(IMAGES))
    OF_ORIGINALS[name](IMAGES * (1 + 1e-6) - 1e-7)


# Masks

FILLING = models.FillingNet((6,), (4, 8), SHAPE[1:])
SCRATCHES = models.ScratchNet((4, 8), 1)
COLOUR = IMAGES.expand(12, 3, 8, 8)
PHOTO = data.as_bytes(COLOUR[:1])
OF_MASKS = {
    "metrics.mse": lambda lost: metrics.mse(IMAGES, IMAGES, lost),
    "metrics.psnr": lambda lost: metrics.psnr(IMAGES, IMAGES, where=lost),
    "metrics.ssim": lambda lost: metrics.ssim(IMAGES, IMAGES, where=lost),
    "RepairNet": lambda lost: models.RepairNet(1, (4, 8))(IMAGES, lost),
    "FillingNet": lambda lost: FILLING(IMAGES, lost),
    "ScratchNet": lambda lost: SCRATCHES(COLOUR, lost),
    "ScratchNet.guess": lambda lost: SCRATCHES.guess(COLOUR, lost),
    "repair.search_code": lambda lost: repair.search_code(MODEL, CODES, IMAGES, lost),
    "classical.Baseline": lambda lost: classical.Baseline("Telea", classical._telea, 3)(IMAGES, lost),
    "photos.repair_photo": lambda lost: photos.repair_photo(SCRATCHES, PHOTO, lost[:1], lambda share: None),
    "photos.in_tiles": lambda lost: photos.in_tiles(SCRATCHES, PHOTO, lost[:1], lambda share: None),
}


@pytest.mark.parametrize("name", [*OF_MASKS, "repair.keep_known"])
@pytest.mark.parametrize("wrong", [LOST.byte(), 255 * LOST.byte(), LOST.long(), LOST.float()],
                         ids=["uint8", "255", "int64", "float"])  # fmt: skip
def test_masks_of_numbers_are_refused_at_every_door(name, wrong):
    functions = OF_MASKS | {"repair.keep_known": lambda lost: repair.keep_known(IMAGES, IMAGES, lost)}
    with pytest.raises(TypeError, match=r"must be bool; it is torch\.\w+\. Use \w+\.bool\(\)"):
        functions[name](wrong)


@pytest.mark.parametrize("name", OF_MASKS)
def test_masks_of_another_shape_are_refused_at_every_door(name):
    OF_MASKS[name](LOST)
    with pytest.raises(ValueError, match=r"must have the shape"):
        OF_MASKS[name](LOST[:, :, :-1])
    if not name.startswith("photos"):
        with pytest.raises(ValueError, match=r"One for all is \w+\.expand\(12, -1, -1, -1\)"):
            OF_MASKS[name](LOST[:1])
        with pytest.raises(TypeError, match="an ndarray"):
            OF_MASKS[name](LOST.numpy())


@pytest.mark.parametrize("call", [lambda: FILLING(IMAGES, None), lambda: SCRATCHES(COLOUR, None)])
def test_filling_without_marks_is_told(call):
    with pytest.raises(TypeError, match="that marks pixels; got nothing"):
        call()


# Codes of somebody's own network


class Returning(nn.Module):
    def __init__(self, returned):
        super().__init__()
        self.returned = returned

    def encode(self, images):
        return self.returned(MODEL.encode(images.float()))

    def decode(self, codes):
        return MODEL.decode(codes.float())


OF_NETWORKS = {
    "generation.encode_all": lambda model: generation.encode_all(model, IMAGES),
    "generation.sample": lambda model: generation.sample(model, IMAGES, "range", 3),
    "compression.Codec": lambda model: compression.Codec(model, IMAGES, 0.1),
    "widgets.latent_sliders": lambda model: latent_sliders(model, IMAGES),
    "widgets.code_explorer": lambda model: code_explorer(model, IMAGES),
}


@pytest.mark.parametrize("name", OF_NETWORKS)
@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (lambda codes: (codes, codes), TypeError, "returned 2 things.*return the mean"),
        (lambda codes: [codes, codes, codes], TypeError, "returned 3 things"),
        (lambda codes: None, TypeError, "returned a NoneType"),
        (lambda codes: codes.detach().numpy(), TypeError, "returned an ndarray"),
        (lambda codes: codes.long(), TypeError, r"returned torch\.int64"),
        (lambda codes: codes[:, :, None, None], ValueError, r"Flatten them: codes\.flatten\(1\)"),
        (lambda codes: codes[:-1], ValueError, "for 12 images it returned the shape"),
    ],
    ids=["tuple", "list", "nothing", "array", "whole", "maps", "too few"],
)
def test_an_encode_that_returns_no_codes_is_told(name, returned, error, message):
    with pytest.raises(error, match=message):
        OF_NETWORKS[name](Returning(returned))


# Numbers


NUMPY_WHOLE = [np.int8, np.uint8, np.int32, np.int64, np.uint64, torch.tensor]


@given(st.integers(0, 100), st.sampled_from(NUMPY_WHOLE))
def test_whole_numbers_of_any_kind_become_pythons_own(value, kind):
    converted = checks.whole(kind(value), "size")
    assert converted == value and type(converted) is int


@given(st.floats(0, 100, width=16), st.sampled_from([np.float16, np.float32, np.float64, torch.tensor, int]))
def test_numbers_of_any_kind_become_pythons_own(value, kind):
    converted = checks.number(kind(value), "rate")
    assert converted == float(kind(value)) and type(converted) is float


@pytest.mark.parametrize("wrong", [2.5, 28.0, "5", None, (56, 56), True, math.nan, math.inf, torch.ones(2), [3]])
def test_what_is_no_whole_number_is_refused(wrong):
    with pytest.raises(ValueError, match="size must be a whole number"):
        checks.whole(wrong, "size")


@pytest.mark.parametrize("wrong", ["5", None, (1, 2), math.nan, torch.ones(2), {}])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises(ValueError, match="rate must be a number"):
        checks.number(wrong, "rate")


@pytest.mark.parametrize("huge", [10**400, 10**5000, 1e308], ids=["400 digits", "5000 digits", "float"])
def test_numbers_beyond_all_bounds_are_refused_in_a_sentence(huge):
    for check in (checks.whole, checks.number) if isinstance(huge, int) else (checks.number,):
        with pytest.raises(ValueError, match=r"must be (at most 1e\+100|finite)"):
            check(huge, "steps", most=checks.FINITE)


@pytest.mark.parametrize("wrong", [512, np.int64(512), "512", None])
def test_sizes_without_their_comma_are_told(wrong):
    with pytest.raises(ValueError, match=r"several sizes in brackets, with a comma after one: \(512,\)"):
        models.DenseAutoencoder(hidden=wrong)


NETWORKS = {
    "dense": lambda number: models.DenseAutoencoder(number(3), (number(8),), [number(1), number(8), number(8)]),
    "rate": lambda number: models.RateAutoencoder(
        number(3), (number(8),), tuple(map(number, (1, 8, 8))), bit_price=number(1)
    ),
    "variational": lambda number: models.VariationalAutoencoder(
        number(3), [number(8)], tuple(map(number, (1, 8, 8))), beta=number(2)
    ),
    "classifier": lambda number: models.Classifier(number(3), number(8), tuple(map(number, (1, 8, 8)))),
    "convolutional": lambda number: models.ConvAutoencoder(number(3), (number(4),), tuple(map(number, (1, 8, 8)))),
    "repair": lambda number: models.RepairNet(number(1), (number(4),), number(1), number(1)),
    "filling": lambda number: models.FillingNet((number(4),), (number(4),), tuple(map(number, (1, 8, 8)))),
    "denoising": lambda number: models.DenoisingNet((number(1),), (number(4),), number(1), number(2)),
    "scratch": lambda number: models.ScratchNet((number(4),), number(1), number(2)),
    "doubling": lambda number: models.DoublingNet((number(4),), number(1), number(2), seed=number(5)),
}


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("number", [np.int64, np.int32, torch.tensor], ids=["int64", "int32", "tensor"])
def test_a_network_of_numpys_numbers_is_the_same_and_can_be_kept(tmp_path, kind, number):
    plain, other = NETWORKS[kind](int), NETWORKS[kind](number)
    assert repr(other.config) == repr(plain.config)
    training.save(other, tmp_path / "kept")
    assert training.load_model(tmp_path / "kept").config == plain.config


def test_a_seed_of_numpys_does_not_overflow(tmp_path):
    options = {"steps": 3, "batch_size": 4, "progress": False}
    plain, other = training_model(), training_model()
    training.fit(plain, IMAGES, seed=5000, learning_rate=0.1, **options)
    training.fit(
        other, IMAGES, seed=np.int32(5000), learning_rate=np.float64(0.1), checkpoint=tmp_path / "run",
        checkpoint_seconds=torch.tensor(0), one_cycle=np.bool_(False), stop_below=np.float32(1e-9), **options,
    )  # fmt: skip
    assert torch.equal(plain.encoder[0].weight, other.encoder[0].weight)
    training.resume(training_model(), IMAGES, tmp_path / "run", progress=False)
    for damaged in ("noise", "salt and pepper", "strokes", "hole"):
        first, second = (
            repair.damage(IMAGES, damaged, 2 if damaged == "hole" else None, seed) for seed in (7, np.int16(7))
        )
        assert torch.equal(first[0], second[0])
    assert torch.equal(
        generation.draw_codes(CODES, "mixture", 4, 3, 2),
        generation.draw_codes(CODES, "mixture", np.int64(4), torch.tensor(3), np.int64(2)),
    )


def test_codecs_of_equal_numbers_read_each_others_files(tmp_path):
    priced = models.RateAutoencoder(3, (4,), SHAPE[1:], bit_price=np.float64(0.5))
    codec = compression.Codec(priced, IMAGES, np.float64(0.25))
    training.save(priced, tmp_path / "rate")
    again = compression.Codec(training.load_model(tmp_path / "rate"), IMAGES, 0.25)
    assert torch.equal(again.decompress(codec.compress(IMAGES)), codec.decompress(codec.compress(IMAGES)))


# What takes images at rest alone


def photo_of(images):
    return images[:1].repeat(1, 3, 1, 1) if isinstance(images, torch.Tensor) else images


OF_BYTES = {
    "compression.standard_rate_distortion": lambda images: compression.standard_rate_distortion("JPEG", images, [50]),
    "compression.best_jpegs": lambda images: compression.best_jpegs(images, np.full((1, 12), 100)),
    "compression.write_picture": lambda images: compression.write_picture(images[0], "PNG"),
    "widgets.compression_slider": lambda images: compression_slider(
        [compression.Codec(MODEL, IMAGES, step) for step in (0.2, 0.1)], images
    ),
    "widgets.damage_brush": lambda images: damage_brush(images, {}),
    "widgets.variation_slider": lambda images: variation_slider({"dense": MODEL}, images),
    "widgets.photo_repair": lambda images: photo_repair({"lost": SCRATCHES}, photo_of(images)),
    "photos.double_photo": lambda images: photos.double_photo(SCRATCHES, photo_of(images), lambda share: None),
    "photos.png": lambda images: photos.png(photo_of(images)),
    "photos.save_png": lambda images: photos.save_png(photo_of(images), "never.png"),
}


@pytest.mark.parametrize("name", OF_BYTES)
def test_floats_are_refused_where_images_at_rest_are_wanted(name):
    with pytest.raises((TypeError, ValueError), match="uint8"):
        OF_BYTES[name](IMAGES)


@pytest.mark.parametrize("name", OF_BYTES)
def test_arrays_are_refused_where_images_at_rest_are_wanted(name):
    with pytest.raises(TypeError, match=r"this is an ndarray\..*torch\.from_numpy"):
        OF_BYTES[name](data.as_bytes(IMAGES).numpy())


def test_no_public_function_that_takes_images_or_masks_is_missing_above():
    tested = {name.split(",")[0] for name in OF_ORIGINALS | OF_DRAWN | OF_MASKS | OF_BYTES}
    damages = {f"repair.{function.__name__}" for function in repair.DAMAGES.values()}  # in the tables by their kinds
    same = {
        "compression.mosaic",  # takes images of any scale, and changes no value
        "repair.keep_known",  # tested above, in a table of its own
        # These take colours alone: their own tests.
        "metrics.colour_difference",
        "metrics.colourfulness",
        "translation.grey",
        "translation.outlines",
        "translation.family_outlines",
        "translation.sketch",
        "widgets.sketch_pad",
        "translation.dots",  # looks at the shape alone
        "distributed.write_shard",  # takes bytes alone: its own tests
        "variation.move",  # takes images of any scale, too: its own tests
        "training.resume",  # checks as fit does: the next test
    }
    names = {"images", "image", "test_images", "others", "reconstructions", "damaged", "photo", "lost", "where"}
    modules = [module.name for module in pkgutil.iter_modules(aelib.__path__, "aelib.")]
    missing = {
        f"{module[6:]}.{name}"
        for module in set(modules) - {"aelib.checks", "aelib.exercises"}
        for name, function in vars(importlib.import_module(module)).items()
        if callable(function)  # widgets are classes that are called by a name like that of a function
        and name.islower()
        and not name.startswith("_")
        and f"{function.__module__}.".startswith(f"{module}.")
        and names & set(inspect.signature(function).parameters)
    }
    assert missing - tested - damages == same


def test_resume_refuses_what_fit_refuses(tmp_path):
    training.fit(training_model(), IMAGES, steps=1, progress=False, checkpoint=tmp_path / "run")
    for wrong, error in ((255 * IMAGES, ValueError), (IMAGES[0], ValueError), (IMAGES.numpy(), TypeError)):
        with pytest.raises(error, match="images must"):
            training.resume(training_model(), wrong, tmp_path / "run", progress=False)


# Other numbers than a network's weights are


@pytest.mark.parametrize("network", [
    lambda images: MODEL(images),
    lambda images: MODEL.encode(images),
    lambda images: models.VariationalAutoencoder(3, (4,), SHAPE[1:]).loss(images),
    lambda images: models.Classifier(3, 4, SHAPE[1:])(images),
    lambda images: models.RepairNet(1, (4, 8))(images),
    lambda images: FILLING(images, LOST),
    lambda images: SCRATCHES(images.expand(12, 3, 8, 8), LOST),
    lambda images: models.DenoisingNet((0.1,), (4,), 1)(images.expand(12, 3, 8, 8)),
    lambda images: models.DoublingNet((4,), 1)(images.expand(12, 3, 8, 8)),
])  # fmt: skip
def test_images_in_other_floats_than_the_weights_are_told(network):
    with pytest.raises(TypeError, match=r"must be torch\.float32, as this network's weights are; these are .*float64"):
        network(IMAGES.double())


def test_codes_that_a_decoder_cannot_take_are_told():
    with pytest.raises(TypeError, match=r"must be torch\.float32, .* these are torch\.float64"):
        MODEL.decode(CODES.double())
    with pytest.raises(TypeError, match=r"these are torch\.int64"):
        MODEL.decode(CODES.long())
    with pytest.raises(TypeError, match="these are an ndarray"):
        MODEL.decode(CODES.numpy())


# Single codes


@pytest.mark.parametrize("call", [
    lambda code: generation.interpolate(code, CODES[0]),
    lambda code: generation.interpolate(CODES[0], code),
    lambda code: generation.traverse(code, 0, [0.0, 1.0]),
])  # fmt: skip
def test_what_is_no_single_code_is_told(call):
    with pytest.raises(TypeError, match=r"this is an ndarray\. Use torch\.from_numpy"):
        call(CODES[0].numpy())
    with pytest.raises(TypeError, match="this is a list"):
        call([0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match=r"\(code_size,\)"):
        call(CODES[:1])


def test_a_unit_that_a_code_does_not_have_and_values_that_are_none_are_told():
    with pytest.raises(IndexError, match="has 3 units, 0 to 2; got unit 3"):
        generation.traverse(CODES[0], 3, [0.0])
    with pytest.raises(ValueError, match="each of values must be a number"):
        generation.traverse(CODES[0], 0, ["high"])
    assert generation.traverse(torch.tensor([1, 2, 3]), 1, [0.5])[0, 1] == 0.5  # no value is cut off to a whole number


@pytest.mark.parametrize(
    ("found", "wanted", "form"),
    [
        ((1, 3, 0, 4), (1, 3, "H", "W"), r"\(1, 3, H, W\)"),
        ((1, 2, 5, 4), (1, 3, "H", "W"), r"\(1, 3, H, W\)"),
        ((3, 5, 4), (1, 3, "H", "W"), r"\(1, 3, H, W\)"),
        ((2, 3), ("code_size",), r"\(code_size,\)"),
        ((), ("code_size",), r"\(code_size,\)"),
    ],
)
def test_what_has_another_shape_is_told_both(found, wanted, form):
    with pytest.raises(ValueError, match=rf"^x must have the shape {form}; this one has .*\. Mend it\.$") as refusal:
        checks.shape(torch.empty(found), wanted, "x", " Mend it.")
    assert str(found) in str(refusal.value)


def test_what_has_the_shape_passes():
    checks.shape(torch.empty(0, 3), ("N", 3), "x")
    checks.shape(np.empty((1, 3, 5, 4)), (1, 3, "H", "W"), "x")
    checks.shape(torch.empty(7), ("code_size",), "x")


# Seeds


@pytest.mark.parametrize("call", [
    training_model,
    lambda **seed: models.Classifier(3, 4, SHAPE[1:], **seed),
    lambda **seed: models.RepairNet(1, (4,), **seed),
    lambda **seed: repair.damage(IMAGES, "noise", **seed),
    lambda **seed: repair.damage(IMAGES, "strokes", **seed),
    lambda **seed: repair.damage(IMAGES, "hole", 3, **seed),
    lambda **seed: generation.draw_codes(CODES, "prior", 3, **seed),
    lambda **seed: translation.drawn_by_hand(LOST, **seed),
    lambda **seed: translation.dots(2, IMAGES, **seed),
    lambda **seed: generation.fit_mixture(CODES, 2, **seed),
    lambda **seed: generation.sample(MODEL, IMAGES, "range", 3, **seed),
    lambda **seed: training.fit(training_model(), IMAGES, steps=1, progress=False, **seed),
])  # fmt: skip
def test_every_seed_has_the_same_bounds(call):
    call(seed=2**32 - 1)
    for wrong in (-1, 2**32, 2**70, 1.5, None, "7"):
        with pytest.raises(ValueError, match="seed must be"):
            call(seed=wrong)


def test_numbers_above_a_bound():
    assert checks.number(0.1, "rate", above=0) == 0.1
    for wrong in (0, -1, -math.inf):
        with pytest.raises(ValueError, match="rate must be above 0; got"):
            checks.number(wrong, "rate", above=0)
    with pytest.raises(ValueError, match="rate must be a number; got nan"):
        checks.number(math.nan, "rate", above=0)


@pytest.mark.parametrize("size", [0, -1, 2.5, None, "many"])
def test_a_size_of_batches_that_cannot_be_is_told(size):
    with pytest.raises(ValueError, match="size must be"):
        list(data.batches(IMAGES, size))
    with pytest.raises(ValueError, match="size must be"):
        training.held_out_loss(MODEL, IMAGES, batch_size=size or 0)  # None stands for the usual size

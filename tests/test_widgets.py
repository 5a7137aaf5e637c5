"""The widgets: what they refuse, what they send to the browser, what they show without one, on Colab too."""

import base64
import functools
import math
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from torch import nn

from aelib import (
    anomalies,
    classical,
    compression,
    data,
    metrics,
    models,
    photos,
    repair,
    translation,
    variation,
    widgets,
    words,
)
from aelib.distributed.costs import Plan
from aelib.widgets import shared
from aelib.widgets.networks import described

WIDGET = "application/vnd.jupyter.widget-view+json"


def some_images(count=30, shape=(1, 8, 8)):
    return torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def network(code_size=3, shape=(1, 8, 8), **options):
    return models.DenseAutoencoder(code_size, (5,), shape, **options)


class Convolutional(nn.Module):
    """A network with layers that the browser knows."""

    def __init__(self, code_size=3):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, code_size))
        self.decoder = nn.Sequential(
            nn.Linear(code_size, 16), nn.Unflatten(1, (1, 4, 4)), nn.ConvTranspose2d(1, 1, 2, stride=2)
        )

    def encode(self, images):
        return self.encoder(images)

    def decode(self, codes):
        return self.decoder(codes)


class Softened(Convolutional):
    """A network that only the kernel can evaluate, since the browser does not know one of its layers."""

    def __init__(self, code_size=3):
        super().__init__(code_size)
        self.decoder.insert(1, nn.GELU())


def bundle(widget):
    return widget._repr_mimebundle_()[0]


@pytest.mark.parametrize("make", [widgets.latent_sliders, widgets.code_explorer])
@pytest.mark.parametrize("code_size", [2, 3, 128])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 4, 6)])
@pytest.mark.parametrize("as_float", [False, True])
def test_any_code_and_picture(make, code_size, shape, as_float):
    images = some_images(shape=shape)
    widget = make(network(code_size, shape), data.as_float(images) if as_float else images)
    assert widget.code.shape == (1, code_size)


def test_sliders_span_the_codes_of_real_images_and_start_at_their_mean():
    model, images = network(), some_images()
    codes = model.encode(data.as_float(images)).detach()
    sliders = widgets.latent_sliders(model, images)
    for unit, slider in enumerate(sliders._sliders):
        assert slider.description == f"unit {unit + 1}"
        assert slider.min == pytest.approx(codes[:, unit].min().item())
        assert slider.max == pytest.approx(codes[:, unit].max().item())
    assert torch.allclose(sliders.code, codes.mean(0), atol=1e-5)
    sliders._sliders[1].value = sliders._sliders[1].max
    assert sliders.code[0, 1].item() == pytest.approx(codes[:, 1].max().item())


def test_a_silent_unit_gets_a_slider_all_the_same():
    model = network()
    with torch.no_grad():
        model.encoder[2].weight[1] = 0
        model.encoder[2].bias[1] = 0
    slider = widgets.latent_sliders(model, some_images())._sliders[1]
    assert slider.min < slider.value < slider.max


def in_sight(sliders):
    """Return the numbers of the units whose sliders stand before the fold, and of those behind it."""
    first, *fold = sliders.children[1].children
    behind = fold[0].children[0].children if fold else ()
    return [[int(slider.description.split()[1]) - 1 for slider in column] for column in (first.children, behind)]


def test_the_most_telling_units_come_first_and_the_rest_behind_a_fold():
    model = network(code_size=12)
    with torch.no_grad():
        size = torch.tensor([1.0, 9, 2, 8, 3, 7, 4, 6, 5, 0.5, 12, 0.1])
        model.encoder[0].weight.normal_()
        model.decoder[0].weight.copy_(torch.nn.init.orthogonal_(torch.empty(12, 12))[:5] * size)
        model.encoder[2].weight.copy_(torch.nn.init.orthogonal_(torch.empty(12, 12))[:, :5])
    codes = model.encode(data.as_float(some_images())).detach()
    changes = []
    for unit in range(12):
        without = codes.clone()
        without[:, unit] = codes[:, unit].mean()
        changes.append((model.decode(without) - model.decode(codes)).square().mean().item())
    front, behind = in_sight(widgets.latent_sliders(model, some_images()))
    assert len(front) == 8
    assert front + behind == sorted(range(12), key=lambda unit: -changes[unit])


def test_few_units_need_no_fold():
    front, behind = in_sight(widgets.latent_sliders(network(8), some_images()))
    assert sorted(front) == list(range(8)) and behind == []


def test_the_order_of_the_units_is_that_of_many_images_and_not_of_the_first_few():
    class Rising(nn.Module):
        """A network whose first unit says little of the first images, and much of those that follow."""

        def __init__(self):
            super().__init__()
            self.decoder = nn.Sequential(nn.Linear(2, 64))
            nn.init.zeros_(self.decoder[0].bias)
            nn.init.constant_(self.decoder[0].weight, 0.1)

        def encode(self, images):
            number = torch.arange(len(images))
            sign = 1.0 - 2 * (number % 2)
            return 1 + torch.stack([sign * (number >= 200), 0.5 * sign], 1)

        def decode(self, codes):
            return self.decoder(codes).reshape(-1, 1, 8, 8)

    assert in_sight(widgets.latent_sliders(Rising(), some_images(1000)))[0] == [0, 1]
    assert in_sight(widgets.latent_sliders(Rising(), some_images(200)))[0] == [1, 0]


@pytest.mark.parametrize("activation", models.ACTIVATIONS)
def test_the_browser_gets_the_whole_decoder(activation):
    for model in (network(activation=activation, output_activation="sigmoid"), Convolutional()):
        picture = widgets.latent_sliders(model, some_images())._picture
        layers, weights = described(model.decoder)
        assert picture.layers == layers != []
        numbers = np.frombuffer(picture.weights, dtype="<f4")
        assert numbers.tolist() == torch.cat([weight.flatten() for weight in weights]).tolist()


class Extended(nn.Conv2d):
    """A convolution that does more."""


NO_STATISTICS = nn.BatchNorm2d(2, track_running_stats=False)


@pytest.mark.parametrize(
    "layers",
    [
        [nn.GELU()],
        [nn.Conv2d(1, 1, (3, 1))],
        [nn.Conv2d(1, 1, 3, padding="same")],
        [nn.Conv2d(1, 1, 3, padding_mode="reflect")],
        [nn.Conv2d(2, 2, 3, groups=2)],
        [nn.Conv2d(1, 1, 3, dilation=2)],
        [nn.ConvTranspose2d(1, 1, 3, stride=(2, 1))],
        [nn.BatchNorm2d(2)],
        [nn.Conv2d(1, 2, 3), nn.ReLU(), nn.BatchNorm2d(2)],
        [nn.Conv2d(1, 2, 3), NO_STATISTICS],
        [nn.Flatten(2)],
        [nn.Unflatten(1, (-1, 2))],
        [nn.Upsample(scale_factor=2, mode="bilinear")],
        [nn.Upsample(scale_factor=1.5)],
        [nn.Upsample(size=8)],
        [Extended(1, 1, 3)],
    ],
    ids=str,
)
def test_what_the_browser_does_not_know_is_not_described(layers):
    assert described(nn.Sequential(nn.Linear(2, 2), *layers)) is None
    assert described(nn.Sequential(nn.Linear(2, 2), nn.Sequential(*layers))) is None


class Inverted(models.DenseAutoencoder):
    """A dense network whose decode does more than its layers."""

    def decode(self, codes):
        return 1 - super().decode(codes)


class Plain:
    """A model that is no network at all."""

    def encode(self, images):
        return images.flatten(1)[:, :3]

    def decode(self, codes):
        return codes.repeat(1, 22)[:, :64].reshape(-1, 1, 8, 8)


def sent_by(picture):
    """Return a list that fills with what the kernel sends to the browser."""
    sent = []
    picture.send = lambda content, buffers=(): sent.append((content, *buffers))
    return sent


@pytest.mark.parametrize("model", [Softened(), Inverted(3, (5,), (1, 8, 8)), Plain()])
@pytest.mark.parametrize("make", [widgets.latent_sliders, widgets.code_explorer])
def test_any_other_picture_comes_from_the_kernel_at_each_change(make, model):
    widget = make(model, some_images())
    picture = getattr(widget, "_picture", widget)
    assert picture.layers == [] and picture.weights == b""
    sent = sent_by(picture)
    if make is widgets.latent_sliders:
        widget._sliders[1].value += 3 * widget._sliders[1].step
    else:
        widget.position = [0.1, 0.2]
    picture._handle_custom_msg({"hold": False}, [])  # as the browser asks for the first picture
    picture._handle_custom_msg({}, [])  # asks for none
    expected = (255 * model.decode(widget.code).clamp(0, 1)).round().flatten().tolist()
    assert [np.frombuffer(pixels, dtype=np.uint8).tolist() for _, pixels in sent] == [expected] * 2


def test_of_many_sliders_that_move_at_once_one_picture_is_sent():
    widget = widgets.latent_sliders(Plain(), some_images())
    sent = sent_by(widget._picture)
    widget._picture._handle_custom_msg({"hold": True}, [])
    for slider in widget._sliders:
        slider.value = slider.max
    assert sent == []
    widget._picture._handle_custom_msg({"hold": False}, [])
    assert len(sent) == 1


def test_where_the_browser_decodes_nothing_is_sent():
    widget = widgets.latent_sliders(network(), some_images())
    sent = sent_by(widget._picture)
    widget._sliders[0].value = widget._sliders[0].max
    widget._picture._handle_custom_msg({"hold": False}, [])
    assert sent == []


def test_a_decoder_that_fails_is_reported_in_a_sentence():
    model = Plain()
    widget = widgets.latent_sliders(model, some_images())
    sent = sent_by(widget._picture)
    model.decode = lambda codes: 1 / 0
    widget._sliders[0].value = widget._sliders[0].max
    assert sent == [({"error": "The decoder stopped with ZeroDivisionError: division by zero"},)]


def test_a_map_of_two_units_is_the_code_itself():
    model = network(2)
    explorer = widgets.code_explorer(model, some_images())
    codes = model.encode(data.as_float(some_images())).detach()
    points = np.frombuffer(explorer.points, dtype="<f4").reshape(-1, 2)
    assert np.allclose(points, codes, atol=1e-6)
    explorer.position = [0.25, -0.5]
    assert explorer.code.tolist() == [[0.25, -0.5]]


def test_a_map_of_more_units_is_their_principal_plane():
    from sklearn.decomposition import PCA

    model = network(6)
    explorer = widgets.code_explorer(model, some_images())
    codes = model.encode(data.as_float(some_images())).detach().numpy()
    pca = PCA(2).fit(codes)
    points = np.frombuffer(explorer.points, dtype="<f4").reshape(-1, 2)
    assert np.allclose(np.abs(points), np.abs(pca.transform(codes)), atol=1e-4)  # the sign of an axis is arbitrary
    explorer.position = points[4].tolist()
    assert np.allclose(explorer.code, pca.inverse_transform(pca.transform(codes[4:5])), atol=1e-4)


def test_no_more_codes_than_the_browser_needs():
    picture = widgets.latent_sliders(network(), some_images(2100))._picture
    assert len(picture.codes) == widgets.MAX_CODES * 3 * 4


def test_the_usual_distance_is_that_of_a_code_to_the_nearest_other_one():
    class Line(Plain):
        def encode(self, images):
            return torch.tensor([[0.0], [1.0], [3.0], [6.0], [10.0]])

        def decode(self, codes):
            return torch.zeros(len(codes), 1, 8, 8)

    assert widgets.latent_sliders(Line(), some_images(5))._picture.usual_distance == 2.0


class WrongDecoder(Plain):
    def decode(self, codes):
        return codes


class NaN(Plain):
    def encode(self, images):
        return images.flatten(1)[:, :3] / 0 * 0


class Flat(Plain):
    def encode(self, images):
        return images.mean((1, 2, 3))


class Encodes(Plain):
    """A model whose encode returns what a function makes of the codes."""

    def __init__(self, change):
        self.change = change

    def encode(self, images):
        return self.change(super().encode(images))


class Decodes(Plain):
    """A model whose decode returns what a function makes of the images."""

    def __init__(self, change):
        self.change = change

    def decode(self, codes):
        return self.change(super().decode(codes))


REFUSED = {
    "no encode": (object(), some_images(), TypeError, "no encode"),
    "a function": (lambda images: images, some_images(), TypeError, "no encode"),
    "images of another size": (network(), some_images(shape=(1, 9, 9)), ValueError, r"\(N, 1, 8, 8\)"),
    "images without channels": (network(), some_images()[:, 0], ValueError, r"\(N, C, H, W\)"),
    "a single image": (network(), some_images()[0], ValueError, r"A single image is images\[None\]"),
    "an array": (network(), some_images().numpy(), TypeError, r"this is an ndarray\. Use torch\.from_numpy\(images\)"),
    "images from 0 to 255": (network(), some_images().float(), ValueError, r"must lie in \[0, 1\]; .* by 255"),
    "images that are NaN": (network(), some_images() * math.nan, ValueError, "NaN or infinite pixels"),
    "images of two channels": (Plain(), some_images(shape=(2, 8, 8)), ValueError, r"\(N, 3, H, W\)"),
    "one image": (network(), some_images(1), ValueError, "N ≥ 2"),
    "images of whole numbers": (network(), some_images().long(), TypeError, "uint8"),
    "too many units": (network(129), some_images(), ValueError, "1 to 128 units"),
    "a code that is no vector": (Flat(), some_images(), ValueError, r"encode must return codes \(N, code_size\)"),
    "a mean and a log-variance": (
        Encodes(lambda codes: (codes, codes)),
        some_images(),
        TypeError,
        "it returned 2 things.* return the mean",
    ),
    "codes in a list": (Encodes(list), some_images(), TypeError, "one tensor of codes"),
    "codes in an array": (Encodes(lambda codes: codes.numpy()), some_images(), TypeError, "it returned an ndarray"),
    "codes of whole numbers": (Encodes(lambda codes: codes.long()), some_images(), TypeError, r"torch\.int64"),
    "no codes": (Encodes(lambda codes: None), some_images(), TypeError, "it returned a NoneType"),
    "codes that are pictures": (
        Encodes(lambda codes: codes[..., None, None]),
        some_images(),
        ValueError,
        r"Flatten them: codes\.flatten\(1\)",
    ),
    "too few codes": (Encodes(lambda codes: codes[1:]), some_images(), ValueError, r"for 30 images .* \(29, 3\)"),
    "pictures in a tuple": (
        Decodes(lambda images: (images,)),
        some_images(),
        TypeError,
        "decode must return a tensor of .* a tuple",
    ),
    "pictures in an array": (Decodes(lambda images: images.numpy()), some_images(), TypeError, "returned an ndarray"),
    "pictures that are NaN": (
        Decodes(lambda images: images * math.nan),
        some_images(),
        ValueError,
        "decode returned NaN",
    ),
    "pictures from 0 to 255": (
        Decodes(lambda images: 255 * images),
        some_images(),
        ValueError,
        "decode returned pixels from .* by 255",
    ),
    "pictures far below black": (
        Decodes(lambda images: images - 9),
        some_images(),
        ValueError,
        r"decode returned pixels from .* \.clamp\(0, 1\)",
    ),
    "codes that are NaN": (NaN(), some_images(), ValueError, "NaN or infinite"),
    "a decoder of other pictures": (WrongDecoder(), some_images(), ValueError, "as they went in"),
}


@pytest.mark.parametrize("make", [widgets.latent_sliders, widgets.code_explorer])
@pytest.mark.parametrize(("model", "images", "error", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_fit_is_refused_when_the_widget_is_made(make, model, images, error, message):
    with pytest.raises(error, match=message):
        make(model, images)


def test_a_map_needs_two_units_and_labels_that_fit():
    with pytest.raises(ValueError, match="at least two units"):
        widgets.code_explorer(network(1), some_images())
    wrong = (
        (torch.zeros(3), ["a"]),
        (torch.full((30,), 2), ["a", "b"]),
        (torch.zeros(30), []),
        (torch.zeros(30, 1), ["a"]),
        (0, ["a"]),
    )
    for labels, classes in wrong:
        with pytest.raises(ValueError, match="one label for each image"):
            widgets.code_explorer(network(), some_images(), labels, classes)


def test_labels_of_a_map_may_be_a_list_or_an_array():
    labels = [0, 1, 2] * 10
    expected = widgets.code_explorer(network(), some_images(), torch.tensor(labels), "abc").class_of
    for same in (labels, np.array(labels)):
        assert widgets.code_explorer(network(), some_images(), same, "abc").class_of == expected


def test_names_of_classes_are_text_whatever_they_are():
    names = ["<img src=x onerror=alert(1)>", '$a_b$ & "c"', 7]
    explorer = widgets.code_explorer(network(), some_images(), torch.arange(30) % 3, names)
    assert explorer.get_state()["classes"] == [str(name) for name in names]
    map_text = next(iter(pictures(explorer)))
    assert all(str(name) in map_text for name in names)


def test_a_decoder_that_turns_bad_later_is_told_beside_the_picture():
    model = Decodes(lambda images: images)
    widget = widgets.latent_sliders(model, some_images())
    sent = sent_by(widget._picture)
    for change, message in (
        (lambda images: images * math.nan, "ValueError: decode returned NaN"),
        (lambda images: (images,), "TypeError: decode must return a tensor of images; it returned a tuple"),
        (lambda images: images[..., :4], "ValueError: decode must return images of the shape (1, 1, 8, 8)"),
    ):
        model.change = change
        widget._picture.send_picture()
        assert message in sent[-1][0]["error"] and len(sent[-1]) == 1
    model.change = lambda images: images + 9  # as sliders far from the real codes may bring it
    widget._picture.send_picture()
    assert sent[-1] == ({}, bytes([255]) * 64)


def test_a_decoder_may_return_bytes():
    model = Decodes(lambda images: data.as_bytes(images.clamp(0, 1)))
    decoded = widgets.latent_sliders(model, some_images())._picture.decode(torch.full((1, 3), 0.4))
    assert torch.allclose(decoded, torch.full((1, 1, 8, 8), 0.4), atol=1e-6)


def some_codecs(shape=(1, 8, 8)):
    return [compression.Codec(network(shape=shape), some_images(shape=shape), step) for step in (1.0, 0.1, 0.01)]


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 12)])
def test_the_quality_slider_shows_what_comes_out_of_real_files(shape):
    codecs, images = some_codecs(shape), some_images(4, shape)
    slider = widgets.compression_slider(codecs, images)
    pixels = np.frombuffer(slider._picture.drawn, dtype=np.uint8).reshape(3, 4, *shape)
    for level, codec in enumerate(codecs):
        files = [codec.compress(image) for image in images.split(1)]
        for which, file in enumerate(files):
            opened = codec.decompress(file)
            assert np.array_equal(pixels[level, which], opened[0])
            psnr = metrics.psnr(images[which], opened[0])
            caption = f"{len(file) - compression.HEADER.size} bytes, {psnr:.1f} dB"
            assert slider._picture.drawn_captions[level][which] == caption
            jpeg_psnr = metrics.psnr(images[which], slider.jpegs[level, which])
            assert slider._picture.jpeg_captions[level][which].endswith(f" bytes, {jpeg_psnr:.1f} dB")
    assert np.array_equal(np.frombuffer(slider._picture.originals, dtype=np.uint8), images.flatten())
    assert np.array_equal(np.frombuffer(slider._picture.jpegs, dtype=np.uint8), slider.jpegs.flatten())
    assert (slider.quality.min, slider.quality.max) == (1, 3) and (slider.picture.min, slider.picture.max) == (1, 4)


def test_a_quality_slider_needs_codecs_and_pictures_that_fit():
    for codecs, images in (
        (some_codecs()[:1], some_images()),
        (some_codecs(), some_images(1)),
        (some_codecs(), data.as_float(some_images())),
    ):
        with pytest.raises(ValueError, match="two codecs or more, and 2 to 100 uint8 images"):
            widgets.compression_slider(codecs, images)
    with pytest.raises(ValueError, match=r"\(N, 1, 8, 8\)"):
        widgets.compression_slider(some_codecs(), some_images(shape=(1, 9, 9)))
    with pytest.raises(TypeError, match=r"this is an ndarray\. Use torch\.from_numpy\(images\)"):
        widgets.compression_slider(some_codecs(), some_images().numpy())
    with pytest.raises(ValueError, match=r"A single image is images\[None\]"):
        widgets.compression_slider(some_codecs((3, 8, 8)), some_images(shape=(3, 8, 8))[0])


def some_networks(shape):
    """Return a network of each kind whose pictures one can vary, by name."""
    images = data.as_float(some_images(shape=shape))
    conv = models.ConvAutoencoder(3, (4,), shape)
    return {"PCA": models.pca(images, 4), "dense": network(shape=shape), "convolutional": conv}


def mute():
    """Return a network that makes the same code of all images."""
    model = network()
    nn.init.zeros_(model.encoder[2].weight)
    return model


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 12)])
def test_a_variation_slider_hands_whole_networks_to_the_browser_and_says_what_they_make(shape):
    networks, images = some_networks(shape), some_images(120, shape)
    slider = widgets.variation_slider(networks, images, background=0)
    weights = np.frombuffer(slider._picture.weights, "<f4")
    assert [each["name"] for each in slider._picture.autoencoders] == [*networks]
    counts = [each[part]["weights"] for each in slider._picture.autoencoders for part in ("encoder", "decoder")]
    assert sum(counts) == len(weights)
    assert np.array_equal(weights[: counts[0] - 4], networks["PCA"].encoder[0].weight.detach().flatten())
    for each, model in zip(slider._picture.autoencoders, networks.values(), strict=True):
        with torch.no_grad():
            codes = model.encode(data.as_float(images[:100]))
        assert each["code_size"] == codes.shape[1]
        assert each["apart"] == pytest.approx(torch.pdist(codes).median().item(), rel=1e-4)

    assert (slider.picture.min, slider.picture.max) == (1, 100)
    assert hasattr(slider, "hue") == (shape[0] == 3)
    slider.picture.value, slider.right.value, slider.turn.value, slider.brightness.value = 3, 1.5, 30, 0.5
    varied = variation.vary(data.as_float(images[2:3]), right=1.5, turn=30, brightness=0.5, background=0)
    assert slider.varied.equal(varied)
    for name, model in networks.items():
        with torch.no_grad():
            assert torch.allclose(slider.reconstructions[name], model(varied).clamp(0, 1))


@pytest.mark.parametrize(
    ("networks", "images", "error", "message"),
    [
        ({}, some_images(), ValueError, "one network or more"),
        ({"mine": network()}, data.as_float(some_images()), ValueError, "uint8"),
        ({"mine": network()}, some_images(1), ValueError, "N ≥ 2"),
        ({"mine": network()}, some_images(shape=(1, 9, 9)), ValueError, r"\(N, 1, 8, 8\)"),
        ({"soft": Softened()}, some_images(), ValueError, "cannot evaluate 'soft': its decoder"),
        ({"mine": network(), "no": nn.Linear(2, 2)}, some_images(), TypeError, "The network 'no': .* no encode"),
        ({"mine": network(), "wide": network(shape=(1, 8, 9))}, some_images(), ValueError, "The network 'wide': "),
        (network(), some_images(), TypeError, "networks must be a dict .* got a DenseAutoencoder"),
        ([network()], some_images(), TypeError, "networks must be a dict .* got a list"),
        (None, some_images(), TypeError, "networks must be a dict .* got nothing"),
        ({"mine": network(), 64: network()}, some_images(), TypeError, "a dict .* got the names 'mine', 64"),
        ({"mine": network()}, some_images(1).expand(9, -1, -1, -1), ValueError, "'mine' makes the same code of most"),
        ({"mute": mute()}, some_images(), ValueError, "'mute' makes the same code of most"),
    ],
)
def test_a_variation_slider_refuses_what_it_cannot_show(networks, images, error, message):
    with pytest.raises(error, match=message):
        widgets.variation_slider(networks, images)


@pytest.mark.parametrize("number", [np.float32, torch.tensor])
def test_the_background_of_a_variation_slider_may_be_any_kind_of_number(number):
    slider = widgets.variation_slider({"mine": network()}, some_images(), background=number(0.5))
    assert slider.background == slider._picture.background == 0.5
    with pytest.raises(ValueError, match="background must be at most 1"):
        widgets.variation_slider({"mine": network()}, some_images(), background=number(255.0))


def test_a_variation_slider_draws_what_the_browser_does_when_training_goes_on():
    conv = models.ConvAutoencoder(3, (4,), (1, 8, 8))
    slider = widgets.variation_slider({"mine": conv}, some_images())
    before = slider.reconstructions["mine"]
    conv.train()
    assert slider.reconstructions["mine"].equal(before)
    assert conv.encoder[1].num_batches_tracked == 0


def pictures(widget):
    """Return the pictures that a widget shows where it is not live: alternative text -> pixels (H, W, 3)."""

    class Pictures(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "img":
                kind, content = dict(attributes)["src"].split(",")
                assert kind == "data:image/png;base64"
                with Image.open(BytesIO(base64.b64decode(content)), formats=["PNG"]) as picture:
                    found[dict(attributes)["alt"]] = np.array(picture.convert("RGB"))

    found = {}
    Pictures().feed(bundle(widget)["text/html"])
    return found


MORE = "What one sees there, in the words of a lesson."


@pytest.mark.parametrize("code_size", [2, 12])
def test_where_no_widget_can_show_the_cell_shows_a_still_picture(code_size):
    sliders = widgets.latent_sliders(network(code_size), some_images())
    explorer = widgets.code_explorer(network(code_size), some_images(), torch.arange(30) % 2, ["bag", "boot"])
    quality = widgets.compression_slider(some_codecs(), some_images(4))
    brush = widgets.damage_brush(PICTURES, some_repairs("lost pixels", "blur"))
    workshop = widgets.photo_repair(NETS, PHOTO)
    varied = widgets.variation_slider(some_networks((1, 8, 8)), some_images())
    for widget, count in ((sliders, 1), (explorer, 2), (quality, 1), (brush, 1), (workshop, 1), (varied, 1)):
        shown = bundle(widget)
        assert shown[WIDGET]["model_id"] == widget.model_id
        texts = pictures(widget)
        assert len(texts) == count and all(len(text.split()) > 5 for text in texts)
        assert not any(MORE in text or text != text.strip() for text in texts)
        assert "0x" not in shown["text/plain"]
        assert getattr(widget, "_ipython_display_", None) is None  # it would leave the picture out


def test_the_text_of_a_still_picture_says_how_it_is_laid_out_and_then_what_the_lesson_says():
    sliders = widgets.latent_sliders(network(12), some_images(), alt=MORE)
    units = [unit + 1 for unit in in_sight(sliders)[0][:4]]
    assert [*pictures(sliders)] == [
        "4 rows of 9 decoded pictures. In each row one unit of the code goes from its lowest to its highest value, and "
        "the others stay at their mean; from top to bottom: unit {}, unit {}, unit {} and unit {}. ".format(*units)
        + MORE
    ]
    (text,) = pictures(widgets.latent_sliders(network(1), some_images()))
    assert text.startswith("1 row of 9 decoded pictures.") and text.endswith("from top to bottom: unit 1.")

    quality = widgets.compression_slider(some_codecs(), some_images(4), alt=MORE)
    (text,) = pictures(quality)
    assert text.startswith("7 rows of 4 pictures: the originals, and then by turns what our codec and what JPEG make")
    sizes = [
        [np.mean([int(caption.split()[0]) for caption in captions]) for captions in level]
        for level in zip(quality._picture.drawn_captions, quality._picture.jpeg_captions, strict=True)
    ]
    told = [f"{ours:.0f} and {jpeg:.0f} bytes at quality {level}" for level, (ours, jpeg) in enumerate(sizes, start=1)]
    assert text.endswith(f"which takes {told[0]}, {told[1]} and {told[2]} on average. {MORE}")

    (text,) = pictures(widgets.damage_brush(PICTURES, some_repairs("lost pixels", "blur"), alt=MORE))
    assert text.startswith("7 rows of 3 pictures. For each damage, three: damaged by a stroke across the middle,")
    assert text.endswith(f"lost pixels (half) and blur (half). Last come the originals. {MORE}")

    (text,) = pictures(widgets.photo_repair(NETS, PHOTO, alt=MORE))
    assert text.startswith("The middle of a photograph twice, side by side: before, and after its repair")
    assert text.endswith(f"The task was: take noise away. {MORE}")


class Given(Plain):
    """A model whose codes are given."""

    def __init__(self, codes):
        self.codes = torch.tensor(codes)

    def encode(self, images):
        return self.codes

    def decode(self, codes):
        return codes.repeat(1, 32).reshape(-1, 1, 8, 8) / 9


def test_the_text_of_a_map_names_the_classes_in_the_order_in_which_they_lie():
    model = Given([[0.0, 0.0], [0.0, 1.0], [5.0, -2.0], [5.0, -3.0], [2.0, 9.0], [2.0, 8.0]])
    labels, classes = torch.tensor([0, 0, 1, 1, 2, 2]), ["bag", "boot", "coat", "dress"]
    map_text, walk_text = pictures(widgets.code_explorer(model, some_images(6), labels, classes, alt=MORE))
    assert map_text == (
        "A map of the codes of 6 images, one dot each, in the colour of its class. The middles of the classes lie, "
        "from left to right: bag, coat and boot; from bottom to top: boot, bag and coat. A straight line goes from A "
        f"(bag) to B (coat). {MORE}"
    )
    assert walk_text == "9 decoded pictures, step by step along the line from A (bag) to B (coat)."
    assert [*pictures(widgets.code_explorer(model, some_images(6), alt=MORE))] == [
        f"A map of the codes of 6 images, one dot each. A straight line goes from A to B. {MORE}",
        "9 decoded pictures, step by step along the line from A to B.",
    ]


def in_fresh_python(code):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)


MAKE_BOTH = """
    import torch
    from aelib import models, widgets
    model, images = models.DenseAutoencoder(2, (5,), (1, 8, 8)), torch.rand(30, 1, 8, 8)
    for widget in (widgets.latent_sliders(model, images), widgets.code_explorer(model, images)):
        bundle, metadata = widget._repr_mimebundle_()
"""


def test_on_colab_the_custom_widget_manager_is_switched_on():
    colab = """
    import sys, types
    calls = []
    google, colab, output = (types.ModuleType(name) for name in ("google", "google.colab", "google.colab.output"))
    output.enable_custom_widget_manager = lambda: calls.append("on")
    output._widgets = types.SimpleNamespace(_installed_url="https://example.org/manager.js")
    sys.modules |= {"google": google, "google.colab": colab, "google.colab.output": output}
    google.colab, colab.output = colab, output
    """
    check = """
        [view] = metadata.values()
        assert view["colab"]["custom_widget_manager"]["url"] == "https://example.org/manager.js"
    print(calls)
    """
    assert in_fresh_python(colab + MAKE_BOTH + check).stdout == "['on']\n"


def test_elsewhere_no_widget_manager_is_switched_on():
    check = """
        assert metadata == {}
    import sys
    print([name for name in sys.modules if "colab" in name])
    """
    assert in_fresh_python(MAKE_BOTH + check).stdout == "[]\n"


PICTURES = (255 * torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))).to(torch.uint8)


def half(image, lost, setting):
    return image / 2


def some_repairs(*kinds):
    return dict.fromkeys(kinds, (lambda damaged, lost: damaged + 2.0, classical.Baseline("half", half, None)))


def draw_over(brush, rows):
    lost = torch.zeros(28, 28, dtype=torch.bool)
    lost[rows] = True
    brush.drawn = "".join("1" if pixel else "0" for pixel in lost.flatten().tolist())
    return lost[None, None]


def test_a_brush_damages_and_mends_what_it_covers_and_keeps_the_rest():
    brush = widgets.damage_brush(PICTURES, some_repairs("lost pixels", "noise"))
    image = data.as_float(PICTURES[:1])
    assert torch.equal(brush.damaged, image) and torch.equal(brush.repaired, image)
    lost = draw_over(brush, slice(5, 9))
    assert torch.equal(brush.lost, lost)
    assert (brush.damaged[lost] == 0).all() and (brush.repaired[lost] == 1).all()  # clamped
    brush.kind = "noise"
    noisy, _ = repair.damage(image, "noise", seed=0)
    assert torch.equal(brush.damaged[lost], noisy[lost]) and torch.allclose(brush.rival[lost], noisy[lost] / 2)
    for picture in (brush.damaged, brush.repaired, brush.rival):
        assert torch.equal(picture[~lost], image[~lost])


def test_a_brush_tells_methods_which_pixels_are_lost_and_of_no_others():
    told = []
    repairs = {
        kind: (lambda damaged, lost: told.append(lost) or damaged, classical.Baseline("half", half, None))
        for kind in ("lost pixels", "noise")
    }
    brush = widgets.damage_brush(PICTURES, repairs)
    lost = draw_over(brush, slice(0, 2))
    told.clear()
    _ = brush.repaired
    brush.kind = "noise"
    assert torch.equal(told[0], lost) and told[-1] is None


def test_a_brush_answers_with_pictures_and_decibels_or_with_what_went_wrong(monkeypatch):
    brush = widgets.damage_brush(PICTURES, some_repairs("lost pixels"))
    sent = []
    monkeypatch.setattr(brush, "send", lambda content, buffers=None: sent.append((content, buffers)))
    draw_over(brush, slice(5, 9))
    content, buffers = sent[-1]
    assert [len(pixels) for pixels in buffers] == [28 * 28] * 3
    error = data.as_float(PICTURES[:1, :, 5:9])
    assert content["captions"]["damaged"] == f"{metrics.psnr(error, torch.zeros_like(error)):.1f} dB under the brush"
    assert content["captions"]["repaired"] != content["captions"]["damaged"]
    assert (content["kind"], content["picture"]) == ("lost pixels", 0)
    brush.images = torch.zeros_like(PICTURES)  # where lost pixels look as before
    draw_over(brush, slice(2, 3))
    assert sent[-1][0]["captions"]["damaged"] == "as the original under the brush"
    brush.repairs["lost pixels"] = (lambda damaged, lost: 1 / 0, brush.repairs["lost pixels"][1])
    draw_over(brush, slice(5, 6))
    assert "ZeroDivisionError" in sent[-1][0]["error"]


def test_a_brush_hands_its_networks_to_the_browser_part_by_part_and_then_repairs_no_more_itself(monkeypatch):
    monkeypatch.setattr(shared, "PART", 1000)
    net = models.RepairNet(widths=(3, 4))
    own = type("Own", (models.RepairNet,), {})(widths=(3, 4))
    rival = classical.Baseline("half", half, None)
    brush = widgets.damage_brush(PICTURES, {"noise": (net, rival), "blur": (own, rival)})
    assert brush.networks[1] is None  # one that extends a class may do more
    layers, weights = described(net)
    assert brush.networks[0]["layers"] == layers
    sent = sent_by(brush)
    name, parts = brush.networks[0]["weights"], []
    while not parts or parts[-1]["part"] + 1 < parts[-1]["parts"]:
        brush._handle_custom_msg({"weights": name, "part": len(parts)}, [])
        parts.append(sent[-1][0])
    got = np.frombuffer(b"".join(part for _, part in sent), "<f2")
    assert len(parts) > 1 and np.array_equal(
        got, torch.cat([weight.flatten() for weight in weights]).half().numpy(force=True)
    )
    for kind, expected in (("noise", ["rival"]), ("blur", ["rival", "damaged", "repaired"])):
        brush.kind = kind
        draw_over(brush, slice(5, 9) if kind == "noise" else slice(3, 9))
        assert list(sent[-1][0]["captions"]) == expected


@pytest.mark.parametrize("kind", ["lost pixels", "noise", "jpeg"])
def test_the_browser_gets_all_pictures_damaged_everywhere(kind):
    net = models.RepairNet(widths=(3, 4))
    brush = widgets.damage_brush(PICTURES, {kind: (net, classical.Baseline("half", half, None))})
    damaged = np.frombuffer(brush.damaged_pictures, "<f2").reshape(PICTURES.shape)
    for place in (0, len(PICTURES) - 1):
        brush.picture = place
        draw_over(brush, slice(0, 28))
        assert np.abs(damaged[place] - brush.damaged[0].numpy()).max() < 1 / 2000


def test_a_network_too_large_for_the_browser_is_not_described():
    assert described(nn.Linear(2, 1_000_000)) is not None
    assert described(nn.Linear(2, 2_000_000)) is None


def test_large_pictures_and_large_weights_are_repaired_in_the_kernel():
    net = models.RepairNet(widths=(3, 4))
    rival = classical.Baseline("half", half, None)
    large = widgets.damage_brush(torch.zeros(2, 1, 1000, 1000, dtype=torch.uint8), {"noise": (net, rival)})
    nn.init.constant_(net.first.bias, 70_000)
    heavy = widgets.damage_brush(PICTURES, {"lost pixels": (net, rival)})
    for brush in (large, heavy):
        assert brush.networks == [] and brush.damaged_pictures == b""


@pytest.mark.parametrize("kind", [widgets.LOST_PIXELS, *widgets.BRUSH_KINDS])
def test_a_brush_can_do_each_kind_of_damage(kind):
    brush = widgets.damage_brush(PICTURES, some_repairs(kind))
    lost = draw_over(brush, slice(5, 15))
    image = data.as_float(PICTURES[:1])
    assert not torch.equal(brush.damaged[lost], image[lost]) and torch.equal(brush.damaged[~lost], image[~lost])


@pytest.mark.parametrize(
    ("images", "kinds", "message"),
    [
        (PICTURES.float(), ["noise"], "must be uint8"),
        (PICTURES[0], ["noise"], r"A single image is images\[None\]"),
        (PICTURES[:0], ["noise"], "N ≥ 1"),
        (PICTURES.repeat(1, 2, 1, 1), ["noise"], r"\(N, 1, H, W\) or \(N, 3, H, W\)"),
        (PICTURES, [], "it has none"),
        (PICTURES, ["noise", "hole"], "'hole'"),
    ],
)
def test_a_brush_refuses_what_it_cannot_do(images, kinds, message):
    with pytest.raises(ValueError, match=message):
        widgets.damage_brush(images, some_repairs(*kinds))


def test_a_brush_tells_at_once_of_a_network_that_does_not_fit():
    with pytest.raises(ValueError, match="images of the shape"):
        network = models.RepairNet(3, (4, 8))
        widgets.damage_brush(PICTURES, {"lost pixels": (network, classical.Baseline("half", half, None))})


def test_a_brush_takes_no_array():
    with pytest.raises(TypeError, match=r"this is an ndarray\. Use torch\.from_numpy\(images\)"):
        widgets.damage_brush(PICTURES.numpy(), some_repairs("noise"))


NO_REPAIRS = [
    (lambda damaged, lost: damaged[..., :9], ValueError, r"images of the shape \(1, 1, 28, 28\)"),
    (lambda damaged, lost: damaged[0], ValueError, r"it returned the shape \(1, 28, 28\)"),
    (lambda damaged, lost: damaged.mean((2, 3), keepdim=True), ValueError, r"it returned the shape \(1, 1, 1, 1\)"),
    (lambda damaged, lost: damaged.repeat(1, 3, 1, 1), ValueError, r"it returned the shape \(1, 3, 28, 28\)"),
    (lambda damaged, lost: (damaged, lost), TypeError, "a tensor of images; it returned a tuple"),
    (lambda damaged, lost: damaged.numpy(), TypeError, "it returned an ndarray"),
    (lambda damaged, lost: damaged.long(), TypeError, r"it returned torch\.int64"),
    (lambda damaged, lost: damaged * math.nan, ValueError, "returned NaN"),
    (lambda damaged, lost: 255 * damaged, ValueError, "returned pixels from 0 to .* by 255"),
]


@pytest.mark.parametrize(
    "wrong", [nn.Identity(), (nn.Identity(),), (nn.Identity(), None), (nn.Identity(), nn.Identity()), "ab"], ids=str
)
def test_a_brush_with_one_method_where_two_are_compared_is_told(wrong):
    with pytest.raises(ValueError, match=r"two methods for 'noise': a network, and a classical\.Baseline"):
        widgets.damage_brush(some_images(), {"noise": wrong})


@pytest.mark.parametrize(("drawn", "error", "message"), NO_REPAIRS)
@pytest.mark.parametrize("kind", ["lost pixels", "noise"])
def test_what_is_no_repair_is_told_when_a_brush_is_made_and_while_one_draws(drawn, error, message, kind):
    half_dark = classical.Baseline("half", half, None)
    rival = functools.partial(drawn)
    rival.name = "a method of one's own"
    for who, pair in (("The network", (drawn, half_dark)), ("The classical method", (half_dark, rival))):
        with pytest.raises(error, match=f"^{who} for {kind} .*{message}"):
            widgets.damage_brush(PICTURES, {kind: pair})
    brush = widgets.damage_brush(PICTURES, some_repairs(kind))
    sent = sent_by(brush)
    brush.repairs[kind] = (drawn, half_dark)
    draw_over(brush, slice(5, 9))
    assert re.search(f"The repair stopped with {error.__name__}: The network for {kind} ", sent[-1][0]["error"])
    assert len(sent[-1]) == 1


NETS = dict.fromkeys(("noise", "lost", "low resolution"), models.RepairNet(3, (4, 8)))
PHOTO = (255 * torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))).to(torch.uint8)


def uploaded(name, content):
    """What an upload sets in ipywidgets 8."""
    return ({"name": name, "type": "", "size": len(content), "content": memoryview(content)},)


def said(workshop):
    return workshop.children[2].value


def test_a_photograph_is_mended_by_the_network_of_the_task_and_progress_ends_at_one():
    workshop = widgets.photo_repair(NETS, PHOTO)
    assert torch.equal(workshop.photo, PHOTO) and workshop.repaired is None
    workshop._start.click()
    assert torch.equal(workshop.repaired, photos.repair_photo(NETS["noise"], PHOTO, on_progress=lambda share: None))
    assert workshop._progress.value == 1 and said(workshop).startswith("Done in") and workshop._view.after
    workshop._task.value = "low resolution"
    workshop._start.click()
    assert workshop.repaired.shape == (1, 3, 40, 60)


def test_marked_pixels_are_filled_and_all_others_kept():
    workshop = widgets.photo_repair(NETS, PHOTO)
    workshop._task.value = "lost"
    assert workshop._view.marking
    workshop._start.click()
    assert "Nothing is marked" in said(workshop) and workshop.repaired is None
    workshop._view.marks = [[3, 5.0, 10.0, 20.0, 10.0], [4, 25.0, 3.0]]
    assert workshop.lost[0, 0, 10, 5:21].all() and workshop.lost[0, 0, 3, 25] and not workshop.lost[0, 0, 14:].any()
    workshop._start.click()
    assert torch.equal(workshop.repaired[:, :, 14:], PHOTO[:, :, 14:])
    assert not torch.equal(workshop.repaired, PHOTO)


def test_an_upload_is_taken_and_a_bad_one_is_told_while_the_photograph_stays():
    workshop = widgets.photo_repair(NETS, PHOTO)
    workshop._start.click()
    workshop._view.marks = [[3, 5.0, 10.0]]
    for content in (b"", b"no picture", photos.png(PHOTO)[:90]):
        workshop._take_upload({"new": uploaded("<b>x", content)})
        assert said(workshop).startswith("&lt;b&gt;x: ") and "still there" in said(workshop)
        assert torch.equal(workshop.photo, PHOTO) and workshop.repaired is not None
    other = PHOTO.flip(2, 3)[..., :25]
    workshop._take_upload({"new": uploaded("mine.png", photos.png(other))})
    assert torch.equal(workshop.photo, other) and workshop.repaired is None and workshop._view.marks == []
    assert "25 × 20" in said(workshop) and workshop._save.disabled
    workshop._take_upload({"new": {"old.png": {"content": photos.png(PHOTO)}}})  # as ipywidgets 7 has it
    assert torch.equal(workshop.photo, PHOTO)


def test_the_result_is_saved_as_a_png(monkeypatch):
    workshop = widgets.photo_repair(NETS, PHOTO)
    sent = []
    monkeypatch.setattr(workshop._view, "send", lambda content, buffers: sent.append((content, buffers)))
    workshop._start.click()
    workshop._save.click()
    assert sent[0][0] == {"save": "repaired.png"}
    assert torch.equal(data.load_photo(sent[0][1][0]), workshop.repaired)


def test_a_network_that_fails_is_told_and_the_button_works_again():
    def broken(damaged, lost):
        raise RuntimeError("no memory")

    workshop = widgets.photo_repair({"noise": broken}, PHOTO)
    workshop._start.click()
    assert "RuntimeError: no memory" in said(workshop) and not workshop._start.disabled


def test_a_network_of_the_wrong_kind_is_told_in_a_sentence():
    workshop = widgets.photo_repair(
        {"noise": models.ScratchNet((4, 8), 1), "lost": lambda tile, lost: tile[:, :1]}, PHOTO
    )
    workshop._start.click()
    assert "lost must be a bool tensor (N, 1, H, W) that marks pixels; got nothing" in said(workshop)
    workshop._task.value = "lost"
    workshop._view.marks = [[3, 5.0, 10.0]]
    workshop._start.click()
    assert "The network must return images of the shape (1, 3, 20, 30)" in said(workshop)
    assert workshop.repaired is None


def test_a_large_photograph_is_shown_small_and_saved_whole(monkeypatch):
    large = PHOTO.repeat(1, 1, 1, 100)  # 3,000 pixels wide
    workshop = widgets.photo_repair({"noise": halved}, large)
    assert Image.open(BytesIO(workshop._view.before)).width == widgets.PREVIEW_SIDE
    assert workshop._view.photo_size == [20, 3000]
    sent = []
    monkeypatch.setattr(workshop._view, "send", lambda content, buffers: sent.append(buffers[0]))
    workshop._start.click()
    workshop._save.click()
    assert data.load_photo(sent[0]).shape == large.shape


@pytest.mark.parametrize("networks", [{}, {"sepia": NETS["noise"]}])
def test_tasks_that_do_not_exist_are_refused(networks):
    with pytest.raises(ValueError, match="networks must have one or more of noise, lost, low resolution"):
        widgets.photo_repair(networks, PHOTO)


@pytest.mark.parametrize("photo", [PHOTO[:, :1], PHOTO[0], PHOTO.float(), PHOTO.numpy(), "cat.png", None])
def test_what_is_no_photograph_is_refused(photo):
    with pytest.raises((ValueError, TypeError), match="photograph"):
        widgets.photo_repair(NETS, photo)


def test_where_no_widget_can_show_a_sentence_says_what_to_do():
    assert "run the cell in a notebook" in bundle(widgets.photo_repair(NETS, PHOTO))["text/html"]


def halved(damaged, lost):
    """Make darker what a network of photographs is asked to mend."""
    return damaged / 2


@pytest.mark.parametrize(("task", "ratio"), [("noise", 0.5), ("low resolution", 0.5), ("lost", 1)])
def test_the_still_picture_is_the_middle_of_the_photograph_before_and_after(task, ratio):
    photo = torch.full((1, 3, 700, 900), 255, dtype=torch.uint8)
    photo[:, :, 300:400, 400:500] = torch.tensor([200, 100, 40], dtype=torch.uint8).reshape(1, 3, 1, 1)
    seen = []
    workshop = widgets.photo_repair({task: lambda *given: seen.append(given[0].shape) or halved(*given)}, photo)
    assert seen == []
    (pixels,) = pictures(workshop).values()
    before, after = pixels[:, :400], pixels[:, 400:]
    middle = before.shape[0] // 2 + 40  # below the mark
    assert np.abs(before[middle, 200] - [200.0, 100, 40]).max() < 4
    assert np.abs(after[middle, 200] - ratio * np.array([200.0, 100, 40])).max() < 4
    assert max(shape[2] * shape[3] for shape in seen) <= widgets.STILL_SIDE**2 and workshop.repaired is None
    is_marked = np.abs(before.astype(int) - widgets.MARK).max(2) < 4
    assert 0.02 < is_marked.mean() < 0.03 if task == "lost" else not is_marked.any()


def test_the_still_picture_is_of_the_photograph_and_the_task_that_are_chosen():
    workshop = widgets.photo_repair({"noise": halved, "lost": halved}, PHOTO)
    first = pictures(workshop)
    workshop._task.value = "lost"
    (text,) = pictures(workshop)
    assert "with a mark across the middle" in text and text.endswith("fill what I mark.") and text not in first
    workshop._show(PHOTO.flip(3))
    assert not np.array_equal(pictures(workshop)[text], first[next(iter(first))])


def test_a_network_that_fails_leaves_the_sentence_alone():
    def broken(damaged, lost):
        raise RuntimeError("no memory")

    shown = bundle(widgets.photo_repair({"noise": broken}, PHOTO))
    assert shown["text/html"].startswith("<p>Repair for a photograph of your own") and WIDGET in shown


LIVE = Path(__file__).parents[1] / "site" / "static" / "live.js"
SCRIPT = "".join(path.read_text(encoding="utf-8") for path in (widgets.ASSETS / "widgets.js", LIVE))
STYLE = re.sub(r"/\*.*?\*/", "", (widgets.ASSETS / "widgets.css").read_text(encoding="utf-8"), flags=re.DOTALL)
THEMES = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"


def test_every_class_of_the_script_has_a_rule_and_every_rule_a_class():
    given = set(re.findall(r"(?<![.\w])aelib-[\w-]+", SCRIPT))
    ruled = set(re.findall(r"\.(aelib-[\w-]+)", STYLE))
    assert given - ruled <= {"aelib-brush"}, "tests and tools find the brush by its class"
    assert ruled - given == set()


def test_what_is_marked_in_a_still_photograph_has_the_colour_of_the_live_one():
    colour = widgets.photo_repair(NETS, PHOTO)._view.get_state()["mark_colour"]
    assert tuple(bytes.fromhex(colour.removeprefix("#"))) == widgets.MARK


def test_the_script_never_takes_a_text_for_markup_or_a_colour_for_an_address():
    assert not re.search(
        r"\.(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function|cssText", SCRIPT
    )
    assert not re.search(r"setAttribute\(\s*[\"']style|style:|srcdoc", SCRIPT)
    # Of these a value could load something from elsewhere: url(…).
    assert not re.search(r"\.style\.(background|backgroundImage|listStyle\w*|border|borderImage\w*|content|cursor|"
                         r"filter|mask\w*)\s*=", SCRIPT)  # fmt: skip


class Theme:
    """A theme of JupyterLab: its variables, and how much two of its colours differ."""

    def __init__(self, name):
        style = (THEMES / f"theme-{name}-extension" / "index.css").read_text(encoding="utf-8")
        self.values = dict(re.findall(r"(--[\w-]+)\s*:\s*([^;}]+)", STYLE + style))

    def colour(self, value, below=None):
        """Return red, green and blue in [0, 1] of a CSS value, over what lies below where it is not opaque."""
        while variable := re.fullmatch(r"var\((--[\w-]+)(?:, *(.*))?\)", value.strip()):
            value = self.values.get(variable[1], variable[2])
        value = {"white": "#fff", "black": "#000"}.get(value.strip(), value.strip())
        if value.startswith("rgba"):
            *rgb, opaque = map(float, re.findall(r"[\d.]+", value))
            return opaque * np.array(rgb) / 255 + (1 - opaque) * below
        digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
        return np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)]) / 255

    def contrast(self, value, background):
        """Return the contrast that the Web Content Accessibility Guidelines define, from 1 to 21."""
        below = self.colour(background)
        light = [
            np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
            for rgb in (self.colour(value, below), below)
        ]
        return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.skipif(not THEMES.exists(), reason="JupyterLab and its themes are not installed here")
@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_and_the_lines_around_controls_are_seen_in_both_themes(name):
    theme = Theme(name)
    pages = ["var(--jp-layout-color0)", "var(--jp-layout-color1)"]
    buttons = "var(--jp-layout-color2)"
    texts = set(re.findall(r"[^-]color: *(var.*?);", STYLE)) - {"inherit"}
    lines = set(re.findall(r"(?:border|outline|border-left|border-color): *(?:\w+ \w+ )?(var.*?\)+)[ ;]", STYLE))
    assert len(texts) >= 2 and len(lines) >= 3, "these expressions find them no more"
    for background in [*pages, buttons]:
        for text in texts:
            fallback = text.replace("inherit", "CanvasText")
            assert theme.contrast(fallback, background) >= 4.5, (text, background)
    for background in pages:
        for line in lines:
            assert theme.contrast(line, background) >= 3, (line, background)
    assert theme.contrast("#777", "#fff") == pytest.approx(4.48, abs=0.01)  # as others compute it


class ExpandsFirst(models.DenseAutoencoder):
    """Takes a smaller code than its decoder does."""

    def encode(self, images):
        return super().encode(images)[:, :2]

    def decode(self, codes):
        return super().decode(codes.repeat(1, 2))


class DrawsBytes(models.DenseAutoencoder):
    def decode(self, codes):
        return (255 * super().decode(codes)).round().to(torch.uint8)


@pytest.mark.parametrize("kind", [ExpandsFirst, DrawsBytes])
def test_a_decoder_that_does_more_than_its_layers_draws_in_the_kernel(kind):
    model = kind(4, (6,), some_images().shape[1:])
    picture = widgets.sliders._SliderPicture(model, some_images(), None, ())
    assert picture.layers == [] and picture.weights == b""


def painter(**options):
    """Return a small network that paints sketches."""
    net = models.RepairNet(3, (4, 8), patch=2, **options)
    nn.init.normal_(net.last.weight, std=0.1)  # an untrained one would paint nothing
    return net


def test_a_sketch_pad_hands_its_networks_to_the_browser_once_each_and_starts_with_blank_paper():
    net, rival, images = painter(), painter(seed=1), some_images(4, (3, 12, 10))
    pad = widgets.sketch_pad(net, images, ["a", "b", "c", "d"], rival)
    assert [set(each) for each in pad.networks] == [{"layers", "weights", "bytes"}] * 2
    assert pad.names == ["a", "b", "c", "d"] and pad.image_shape == [3, 12, 10]
    lines = torch.frombuffer(bytearray(pad.templates), dtype=torch.uint8).view(4, 1, 12, 10)
    assert lines.bool().equal(translation.outlines(images)) and lines.max() == 1
    sketched, untold = pad.sketched
    assert sketched.equal(torch.ones(1, 3, 12, 10)) and untold.all() and untold.shape == (1, 1, 12, 10)
    sent = []
    pad.send = lambda content, buffers=None: sent.append((content, buffers))
    pad._handle_custom_msg({"weights": pad.networks[1]["weights"], "part": 0}, [])
    [(content, [weights])] = sent
    assert content["parts"] == 1 and len(weights) == pad.networks[1]["bytes"]
    assert weights == torch.cat([weight.flatten() for weight in described(rival)[1]]).half().numpy(force=True).tobytes()


def test_what_the_browser_has_drawn_is_there_in_python():
    pad = widgets.sketch_pad(painter(), some_images(2, (3, 4, 5)))
    values = bytes(range(60)) + bytes([1] * 19 + [0])
    pad.set_state({"drawn": memoryview(values), "marks": [["pen", 1, 2.5]], "template": 2})
    sketched, untold = pad.sketched
    assert sketched.flatten().mul(255).round().tolist() == list(range(60))
    assert untold[0, 0].flatten().tolist() == [True] * 19 + [False]
    assert pad.marks == [["pen", 1, 2.5]] and pad.template == 2


def test_a_family_has_one_outline_on_the_pad_too():
    tone = "hand + emoji modifier fitzpatrick type-"
    pad = widgets.sketch_pad(painter(), some_images(3, (3, 8, 8)), [f"{tone}1-2", "fox", f"{tone}6"])
    assert pad._lines[2].equal(pad._lines[0]) and not pad._lines[1].equal(pad._lines[0])


def test_the_still_picture_of_a_sketch_pad_says_what_its_rows_are():
    images = some_images(12, (3, 8, 8))
    net = painter()
    still = bundle(widgets.sketch_pad(net, images, rival=painter(), alt="Hearts."))["text/html"]
    assert 'alt="6 rows of 9 pictures: outlines, ' in still and "its rival" in still and 'originals. Hearts."' in still
    assert "5 rows of 9 pictures" in bundle(widgets.sketch_pad(net, images))["text/html"]


@pytest.mark.parametrize(("arguments", "error", "message"), [
    ((models.DenseAutoencoder(4, (5,), (3, 8, 8)), some_images(2, (3, 8, 8))), TypeError, "a DenseAutoencoder"),
    ((models.RepairNet(1, (4,)), some_images(2, (3, 8, 8))), TypeError, "for three channels"),
    ((None, some_images(2, (3, 8, 8))), TypeError, "RepairNet for three channels"),
    ((painter(), some_images(2, (1, 8, 8))), ValueError, r"uint8, \(N, 3, H, W\)"),
    ((painter(), torch.rand(2, 3, 8, 8)), ValueError, "torch.float32"),
    ((painter(), some_images(2, (3, 8, 8)), ["one"]), ValueError, "1 names for 2 images"),
    ((painter(), some_images(2, (3, 8, 8)), None, nn.Linear(3, 3)), TypeError, "a Linear"),
    ((painter(), some_images(2, (3, 2, 2))), ValueError, "3 × 3 pixels or more"),
])  # fmt: skip
def test_a_sketch_pad_refuses_what_it_cannot_show(arguments, error, message):
    with pytest.raises(error, match=message):
        widgets.sketch_pad(*arguments)


def test_weights_beyond_half_precision_are_told():
    net = painter()
    net.last.bias.data[0] = 1e6
    with pytest.raises(ValueError, match="beyond 65,504"):
        widgets.sketch_pad(net, some_images(2, (3, 8, 8)))


@pytest.mark.parametrize("mark", [
    [], 5, None, "pen", ["pen"], ["pen", 1], ["pen", 1, 2, 3], ["foo", 1, 2], ["#f00", 1, 2], ["#ff0000", 1, 2, 3, 4],
    {"pen": 1}, [1, 2, 3],
])  # fmt: skip
def test_a_mark_that_the_browser_cannot_draw_is_refused_by_its_number(mark):
    pad = widgets.sketch_pad(painter(), some_images(2, (3, 8, 8)))
    with pytest.raises(ValueError, match=r"marks\[1\] must be"):
        pad.marks = [["pen", 1, 2], mark]
    assert pad.marks == []


@pytest.mark.parametrize("place", [float("nan"), "1", None])
def test_a_mark_whose_place_is_no_number_is_refused(place):
    pad = widgets.sketch_pad(painter(), some_images(2, (3, 8, 8)))
    with pytest.raises((TypeError, ValueError), match=r"a place in marks\[0\]"):
        pad.marks = [["pen", 1, place]]


@pytest.mark.parametrize("template", [-1, 3])
def test_a_template_is_one_of_the_images(template):
    pad = widgets.sketch_pad(painter(), some_images(2, (3, 8, 8)))
    with pytest.raises(ValueError, match="template must be"):
        pad.template = template


def some_stages(count=4, pictures=9, shape=(1, 8, 8)):
    """Return stages of random pictures, by name."""
    return {f"after {stage} steps": some_images(pictures, shape) for stage in range(count)}


SCORES = {"judge A": [6.04, 187.2, 0.0123, 45.6], "judge B": torch.tensor([190.0, 1, 2, 3])}


@pytest.mark.parametrize("as_float", [False, True])
def test_a_judge_slider_hands_pictures_and_scores_of_all_stages_to_the_browser(as_float):
    stages = some_stages(pictures=12, shape=(3, 4, 5))
    given = {name: data.as_float(images) for name, images in stages.items()} if as_float else stages
    slider = widgets.judge_slider(given, SCORES)
    assert (slider.stage.value, slider.stage.min, slider.stage.max) == (1, 1, 4)
    view = slider._picture
    assert view.image_shape == [3, 4, 5] and view.stages == [*stages] and view.judges == ["judge A", "judge B"]
    assert np.array_equal(
        np.frombuffer(view.pictures, np.uint8), torch.cat([images[:9] for images in stages.values()]).flatten()
    )
    assert view.scores == [SCORES["judge A"], [190, 1, 2, 3]] == [*slider.scores.values()]
    assert view.captions == [
        "judge A 6.0, judge B 190", "judge A 187, judge B 1.0", "judge A 0.012, judge B 2.0", "judge A 46, judge B 3.0",
    ]  # fmt: skip
    assert all(images.dtype == torch.uint8 and len(images) == 9 for images in slider.stages.values())


def test_the_still_picture_of_a_judge_slider_has_five_stages_and_their_scores():
    scores = {"A": [*range(1, 10)], "B": [1e-6, *[0.5] * 7, 1e9]}
    (text,) = pictures(widgets.judge_slider(some_stages(9, 3), scores, alt=MORE))
    assert text == (
        "5 rows of 3 pictures, from the first of 9 stages to the last. Behind each is its score, of which lower is "
        "better: after 0 steps (A 1.0, B 1.0e-06), after 2 steps (A 3.0, B 0.50), after 4 steps (A 5.0, B 0.50), "
        f"after 6 steps (A 7.0, B 0.50) and after 8 steps (A 9.0, B 1.0e+09). {MORE}"
    )
    (text,) = pictures(widgets.judge_slider(some_stages(2, 1), {"A": (1, 2)}))
    assert text.startswith("2 rows of 1 picture, from the first of 2 stages to the last.")


@pytest.mark.parametrize(("stages", "scores", "error", "message"), [
    ([some_images()] * 4, SCORES, TypeError, "stages must be a dictionary of names and images; this is a list"),
    (some_stages(1), {"A": [1]}, ValueError, "stages must have 2 to 100 entries; got 1"),
    (some_stages(101, 1), {"A": [1] * 101}, ValueError, "2 to 100 entries; got 101"),
    (some_stages() | {"last": some_images(9, (1, 8, 9))}, SCORES, ValueError,
     r"the same shape \(N, C, H, W\); these have \(9, 1, 8, 8\) and \(9, 1, 8, 9\)"),
    (some_stages() | {"last": some_images(10)}, SCORES, ValueError, r"\(10, 1, 8, 8\)"),
    (some_stages() | {"last": some_images()[0]}, SCORES, ValueError, r"A single image is stages\['last'\]\[None\]"),
    (some_stages(shape=(2, 8, 8)), SCORES, ValueError, "channels of stages.* must be 1, for grey, or 3, for colour"),
    (some_stages() | {"last": torch.full((9, 1, 8, 8), math.nan)}, SCORES, ValueError, r"stages\['last'\] hold NaN"),
    (some_stages(), [1, 2, 3, 4], TypeError, "scores must be a dictionary of judges and numbers; this is a list"),
    (some_stages(), {}, ValueError, "scores must have 1 to 3 entries; got 0"),
    (some_stages(), dict.fromkeys("ABCD", [1] * 4), ValueError, "1 to 3 entries; got 4"),
    (some_stages(), {"A": [1, 2, 3]}, ValueError, r"scores\['A'\] must have one number for each stage, 4 of them.* 3"),
    (some_stages(), {"A": 5}, TypeError, r"scores\['A'\] must be several numbers in brackets; this is an int"),
    (some_stages(), {"A": [1, 2, 3, 0]}, ValueError, r"each of scores\['A'\] must be above 0; got 0"),
    (some_stages(), {"A": [1, 2, 3, -4]}, ValueError, "must be above 0; got -4"),
    (some_stages(), {"A": [1, 2, 3, math.nan]}, ValueError, "must be a number; got nan"),
    (some_stages(), {"A": [1, 2, 3, math.inf]}, ValueError, "must be finite; got inf"),
    (some_stages(), {"A": "1234"}, ValueError, "must be a number; got '1'"),
])  # fmt: skip
def test_a_judge_slider_refuses_what_it_cannot_show(stages, scores, error, message):
    with pytest.raises(error, match=message):
        widgets.judge_slider(stages, scores)


def some_codes(shape=(1, 8, 8), **changes):
    """Return the arguments of a plane of three codes, of which one draws nothing, by their names."""
    images = some_images(4, shape)
    neighbours = {name: some_images(12, shape).reshape(4, 3, *shape) for name in ("HOG", "dense", "PCA")}
    given = {
        "accuracy": {"HOG": [0.4, 0.731, 0.8], "dense": [0.5, 0.683, 0.7], "PCA": np.float32([0, 0.75, 1])},
        "psnr": {"PCA": 18, "dense": torch.tensor(21.25)},
        "labels": (10, 100, 1000),
        "images": images,
        "drawn": {"PCA": data.as_float(images) + 0.1, "dense": data.as_float(images) / 2},
        "neighbours": neighbours,
    }
    return given | changes


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 4, 5)])
def test_a_plane_hands_all_codes_to_the_browser_in_one_order(shape):
    given = some_codes(shape)
    plane = widgets.code_plane(**given)
    assert plane.image_shape == [*shape] and plane.codes == ["HOG", "dense", "PCA"] and plane.labels == [10, 100, 1000]
    assert plane.shares[:2] == [[0.4, 0.731, 0.8], [0.5, 0.683, 0.7]] and plane.shares[2] == [0, 0.75, 1]
    assert plane.decibels == [None, 21.25, 18] and plane.nearest == 3
    assert (plane.count, plane.chosen) == (1, 0)

    def in_browser(trait, *size):
        return torch.frombuffer(bytearray(getattr(plane, trait)), dtype=torch.uint8).reshape(*size, *shape)

    assert in_browser("pictures", 4).equal(given["images"])
    assert in_browser("drawn", 2, 4).equal(
        data.as_bytes(torch.stack([given["drawn"][name] for name in ("dense", "PCA")]))
    )
    for place, name in enumerate(plane.codes):
        assert in_browser("neighbours", 3, 3, 4)[place].transpose(0, 1).equal(given["neighbours"][name])


def test_the_still_picture_of_a_plane_is_of_the_labels_that_are_chosen():
    plane = widgets.code_plane(**some_codes(), alt=MORE)
    start = (
        "A plane of 3 codes, one point each. Upward: the share of test pictures that a probe tells right with {}; "
        "across: the PSNR of what the code draws. From the top: "
    )
    told = "PCA (.75, 18.0 dB), HOG (.73, draws nothing) and dense (.68, 21.2 dB)."
    assert [*pictures(plane)] == [f"{start.format('100 labels')}{told} {MORE}"]
    plane.count = 2
    told = "PCA (1.00, 18.0 dB), HOG (.80, draws nothing) and dense (.70, 21.2 dB)."
    assert [*pictures(plane)] == [f"{start.format('1,000 labels')}{told} {MORE}"]
    of_one = some_codes(labels=[1], accuracy={name: [0.5] for name in ("HOG", "dense", "PCA")})
    assert "right with 1 label;" in next(iter(pictures(widgets.code_plane(**of_one))))


def test_names_in_the_still_picture_of_a_plane_cover_no_point_and_no_other_name(monkeypatch):
    names = [f"code {number}" for number in range(20)]
    spread = torch.rand(20, 2, generator=torch.Generator().manual_seed(1)).tolist()
    images = some_images(1)
    shown = []
    monkeypatch.setattr(widgets.plane.stills, "picture", lambda figure, text, alt: shown.append(figure) or "")
    bundle(
        widgets.code_plane(
            {name: [share] for name, (share, _) in zip(names, spread, strict=True)},
            {name: 15 + 9 * level for name, (_, level) in zip(names[:15], spread, strict=False)},
            [10],
            images,
            dict.fromkeys(names[:15], images),
            dict.fromkeys(names, images[None]),
        )
    )
    axes = shown[0].axes[0]
    written = [text for text in axes.texts if text.get_text()]
    assert sorted(text.get_text() for text in written) == sorted(names)
    boxes = [text.get_window_extent() for text in written]
    assert not any(box.overlaps(other) for i, box in enumerate(boxes) for other in boxes[:i])
    dots = [axes.transData.transform(line.get_xydata()[0]) for line in axes.lines]
    assert len(dots) == 20 and not any(box.contains(*dot) for box in boxes for dot in dots)


def without(things, name):
    return {key: value for key, value in things.items() if key != name}


GOOD = some_codes()


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"accuracy": [0.5]}, TypeError, "accuracy must be a dictionary of names and shares; this is a list"),
    ({"accuracy": {"HOG": [0.4, 0.7, 0.8]}}, ValueError, "accuracy must have 2 to 24 entries; got 1"),
    ({"accuracy": {str(i): [1] * 3 for i in range(25)}}, ValueError, "2 to 24 entries; got 25"),
    ({"accuracy": GOOD["accuracy"] | {"PCA": [0.1, 0.2, 75]}}, ValueError,
     r"each of accuracy\['PCA'\] must be at most 1\. Got 75"),
    ({"accuracy": GOOD["accuracy"] | {"PCA": [0.1, 0.2, -0.1]}}, ValueError, "must be at least 0; got -0.1"),
    ({"accuracy": GOOD["accuracy"] | {"PCA": [0.1, 0.2, math.nan]}}, ValueError, "must be a number; got nan"),
    ({"accuracy": GOOD["accuracy"] | {"PCA": [0.1, 0.2]}}, ValueError,
     r"accuracy\['PCA'\] must have one number for each number of labels, 3 of them; it has 2"),
    ({"accuracy": GOOD["accuracy"] | {"PCA": 0.1}}, TypeError, "several numbers in brackets; this is a float"),
    ({"accuracy": GOOD["accuracy"] | {"new": [0.1, 0.2, 0.3]}}, ValueError,
     "neighbours lacks 'new', which accuracy has; it has 'HOG', 'dense', 'PCA'"),
    ({"accuracy": without(GOOD["accuracy"], "PCA")}, ValueError, "psnr has 'PCA', which accuracy does not have"),
    ({"psnr": 20}, TypeError, "psnr must be a dictionary"),
    ({"psnr": {}}, ValueError, "psnr must have 1 to 24 entries; got 0"),
    ({"psnr": {"dense": 20, "PCA": math.inf}}, ValueError, r"psnr\['PCA'\] must be finite"),
    ({"psnr": {"PCA": 18}}, ValueError, "drawn has 'dense', which psnr does not have; it has 'PCA'"),
    ({"psnr": {"dense": 20, "HOG": 18, "PCA": 18}}, ValueError, "drawn lacks 'HOG', which psnr has"),
    ({"drawn": {}}, ValueError, "drawn must have 1 to 24 entries; got 0"),
    ({"neighbours": without(GOOD["neighbours"], "HOG")}, ValueError, "neighbours lacks 'HOG'"),
    ({"neighbours": GOOD["neighbours"] | {"hog": some_images()}}, ValueError, "neighbours has 'hog', which accuracy"),
    ({"labels": 10}, TypeError, "labels must be several numbers"),
    ({"labels": []}, ValueError, r"labels must be 1 to 8 different numbers; got \[\]"),
    ({"labels": [10, 10, 100]}, ValueError, "different numbers"),
    ({"labels": [0, 10, 100]}, ValueError, "each of labels must be at least 1"),
    ({"images": some_images(13)}, ValueError, "images must be 12 at most, for they stand in one row; got 13"),
    ({"images": 255 * torch.rand(4, 1, 8, 8)}, ValueError, r"images must lie in \[0, 1\]"),
    ({"images": some_images(4, (2, 8, 8)), "drawn": dict.fromkeys(GOOD["drawn"], some_images(4, (2, 8, 8))),
      "neighbours": dict.fromkeys(GOOD["neighbours"], some_images(4, (2, 8, 8))[:, None])}, ValueError,
     "must be 1, for grey, or 3, for colour"),
    ({"drawn": GOOD["drawn"] | {"PCA": some_images(5)}}, ValueError,
     r"drawn\['PCA'\] must have the shape \(4, 1, 8, 8\); this one has \(5, 1, 8, 8\)\. There must be one for each"),
    ({"drawn": GOOD["drawn"] | {"PCA": 255 * torch.rand(4, 1, 8, 8)}}, ValueError, "0 is black and 1 white here"),
    ({"drawn": GOOD["drawn"] | {"PCA": None}}, TypeError, r"drawn\['PCA'\] must be a torch tensor"),
    ({"neighbours": GOOD["neighbours"] | {"PCA": some_images(4)}}, ValueError,
     r"neighbours\['PCA'\] must have the shape \(4, K, 1, 8, 8\); this one has \(4, 1, 8, 8\)"),
    ({"neighbours": GOOD["neighbours"] | {"PCA": some_images(8).reshape(4, 2, 1, 8, 8)}}, ValueError,
     "Each code needs as many neighbours; these have 3, 3, 2"),
    ({"neighbours": GOOD["neighbours"] | {"PCA": some_images(52).reshape(4, 13, 1, 8, 8)}}, ValueError,
     "must be 12 at most for each image; got 13"),
])  # fmt: skip
def test_a_plane_refuses_what_it_cannot_show(changes, error, message):
    with pytest.raises(error, match=message):
        widgets.code_plane(**GOOD | changes)


@pytest.mark.parametrize(("trait", "wrong"), [("count", -1), ("count", 3), ("chosen", 3), ("chosen", -1)])
def test_what_a_plane_shows_is_one_of_its_codes_and_one_of_its_numbers(trait, wrong):
    plane = widgets.code_plane(**GOOD)
    plane.set_trait(trait, 2)
    with pytest.raises(ValueError, match=f"{trait} must be at"):
        plane.set_trait(trait, wrong)
    assert getattr(plane, trait) == 2


def some_mender(**sizes):
    """Return an untrained mender of a few words."""
    return words.Mender(models.WordAutoencoder(**{"code_size": 6, "hidden": 5} | sizes), ["Cat", "cot", "dog", "coats"])


def test_a_typo_mender_hands_the_dictionary_and_all_weights_to_the_browser():
    mender = some_mender()
    widget = widgets.typo_mender(mender, typed="COAT", examples=("Dgo", "ca"))
    assert widget.view == "mender" and widget.dictionary == "cat cot dog coats" and widget.sizes == [16, 5, 6]
    assert widget.typed == "coat" and widget.examples == ["dgo", "ca"]
    weights = nn.utils.parameters_to_vector(mender.network.parameters()).detach().numpy()
    assert np.array_equal(np.frombuffer(widget.weights, "<f4"), weights)
    first = mender.network.encoder[0].weight
    assert np.array_equal(weights[: first.numel()], first.detach().flatten())
    assert widgets.typo_mender(mender).typed == "recieve"


def test_the_still_picture_of_a_typo_mender_tells_what_becomes_of_each_word():
    mender = some_mender()
    widget = widgets.typo_mender(mender, typed="cta", examples=("cta", "dogs"), alt=MORE)

    def told(word):
        distances = mender.distances([word])[0]
        near = ["cat", "cot", "dog", "coats"][distances.argmin()]
        spelt = words.as_words(mender.network(words.as_letters([word])).argmax(2))[0]
        edits = {"cta": "cat (1 edit)", "dogs": "dog (1 edit)", "zz": "cat (3 edits)"}[word]
        return f"{word} (nearest code: {near} ({distances.min():.2f}); spelt: {spelt}; fewest edits: {edits})"

    start = (
        "A table of {} typed: for each, the word with the nearest code and its distance, what the decoder spells, and "
        "the first word that the fewest edits lead to: "
    )
    assert [*pictures(widget)] == [f"{start.format('2 words')}{told('cta')} and {told('dogs')}. {MORE}"]
    widget.typed = "zz"
    (text,) = pictures(widget)
    assert text == f"{start.format('3 words')}{told('zz')}, {told('cta')} and {told('dogs')}. {MORE}"
    for parameter in mender.network.decoder.parameters():
        parameter.data.zero_()  # no symbol is better than the first one, no letter
    (text,) = pictures(widgets.typo_mender(mender, typed="cta"))
    assert text.startswith(start.format("1 word")) and "; spelt: nothing;" in text


def with_weight(value):
    mender = some_mender()
    mender.network.encoder[0].weight.data.fill_(value)
    return words.Mender(mender.network, mender.dictionary)


@pytest.mark.parametrize(("mender", "options", "error", "message"), [
    (models.WordAutoencoder(4, 4), {}, TypeError, r"must be a words.Mender\(network, dictionary\); this is a WordAuto"),
    (None, {}, TypeError, "this is a NoneType"),
    (some_mender(hidden=4_000), {}, ValueError, "4,000,000 weights at most; this one has 5,"),
    (with_weight(math.nan), {}, ValueError, "Some codes are NaN or infinite"),
    (some_mender(), {"typed": ""}, ValueError, "needs a letter at least"),
    (some_mender(), {"typed": "汉字"}, ValueError, "a to z alone; '汉字' has '汉'"),
    (some_mender(), {"typed": "a" * 17}, ValueError, "16 letters at most"),
    (some_mender(), {"typed": 5}, ValueError, "A word is text; got an int"),
    (some_mender(), {"examples": "wierd"}, TypeError, r'in brackets, such as \["wierd"\]; this is a str'),
    (some_mender(), {"examples": 5}, TypeError, "this is an int"),
    (some_mender(), {"examples": ["wierd", "a b"]}, ValueError, "'a b' has ' '"),
    (some_mender(), {"examples": ["a"] * 9}, ValueError, "8 words at most, for each has a button; got 9"),
])  # fmt: skip
def test_a_typo_mender_refuses_what_it_cannot_show(mender, options, error, message):
    with pytest.raises(error, match=message):
        widgets.typo_mender(mender, **options)


def test_a_typo_mender_refuses_a_network_that_the_browser_does_not_know():
    class Own(models.WordAutoencoder):
        def encode(self, letters):
            return super().encode(letters) ** 2

    with pytest.raises(TypeError, match="this one's network is an Own"):
        widgets.typo_mender(words.Mender(Own(4, 4), ["cat", "dog"]))


def test_a_typo_mender_refuses_more_codes_than_the_browser_keeps(monkeypatch):
    monkeypatch.setattr(widgets.mender, "MAX_NUMBERS", 23)
    with pytest.raises(ValueError, match=r"23 numbers at most; those of 4 words have 24\. Take the most frequent"):
        widgets.typo_mender(some_mender())


@pytest.mark.parametrize("wrong", ["", "a b", "1", "naïve", "a" * 17])
def test_what_is_typed_is_a_word(wrong):
    widget = widgets.typo_mender(some_mender())
    widget.typed = "Wierd"
    with pytest.raises(ValueError, match="A word"):
        widget.typed = wrong
    assert widget.typed == "wierd"


def some_detector(shape=(1, 8, 8), reference=30, **options):
    normal = some_images(reference + 40, shape)
    return anomalies.Detector(normal[:reference], data.as_float(normal[reference:]), **options)


def of_bytes(content, *shape):
    return torch.frombuffer(bytearray(content), dtype=torch.uint8).reshape(shape)


@pytest.mark.parametrize("as_float", [False, True])
def test_an_anomaly_slider_hands_pictures_network_and_detector_to_the_browser(as_float):
    images, model, detector = some_images(5, (1, 6, 9)), network(3, (1, 6, 9)), some_detector((1, 6, 9), neighbours=3)
    slider = widgets.anomaly_slider(model, data.as_float(images) if as_float else images, detector)
    view = slider._picture
    assert view.image_shape == [1, 6, 9] and of_bytes(view.pictures, 5, 1, 6, 9).equal(images)
    assert of_bytes(view.reference, 30, 1, 6, 9).equal(some_images(70, (1, 6, 9))[:30]) and view.neighbours == 3
    assert [view.median, view.above, view.below] == [
        each.tolist() for each in (detector.median, detector.above, detector.below)
    ]
    assert view.scores == [*slider.lines] == ["reconstruction error", "distance", "detector"]
    assert view.lines == [*slider.lines.values()] and view.lowest[0] == 0 > max(view.lowest[1:])
    assert view.autoencoder["code_size"] == 3
    parameters = torch.cat([parameter.flatten() for parameter in model.parameters()])
    assert view.weights == parameters.detach().numpy().tobytes()
    assert [each.description for each in slider._picture.sliders] == ["picture", "turn", "blur", "light", "noise"]
    assert [each.value for each in slider._picture.sliders] == [1, 0, 0, 1, 0]
    assert (slider.picture.max, slider.turn.max, slider.blur.max, slider.light.min, slider.noise.max) == (
        5, 180, 2, 0.2, 0.5,
    )  # fmt: skip


def test_one_in_twenty_of_the_held_back_pictures_rings_an_alarm():
    detector = some_detector()
    slider = widgets.anomaly_slider(network(), some_images(3), detector)
    scores = slider._scores_of(detector.held_back)
    assert scores.shape == (3, 40) and scores[2].equal(detector.scores(detector.held_back))
    assert ((scores > torch.tensor([*slider.lines.values()])[:, None]).sum(1) == 2).all()


def test_a_spoilt_picture_and_its_scores_are_there_in_python():
    model, detector, images = network(output_activation="linear"), some_detector(), some_images(4)
    slider = widgets.anomaly_slider(model.train(), images, detector)
    slider.picture.value, slider.turn.value, slider.blur.value = 3, 90, 0.7
    slider.light.value, slider.noise.value = 0.5, 0.3
    spoilt = gaussian_filter(data.as_float(images[2, 0]).rot90(-1).numpy(), 0.7)  # clockwise
    expected = (0.5 * torch.from_numpy(spoilt) + 0.3 * slider._pattern).clamp(0, 1)
    assert (slider.changed - expected).abs().max() < 1e-5 and not model.training
    assert slider.reconstruction.equal(model(slider.changed))
    error = (slider.reconstruction - slider.changed).square().mean().item()
    scores = {
        "reconstruction error": error,
        "distance": detector.clues(slider.changed)["distance"].item(),
        "detector": detector.scores(slider.changed).item(),
    }
    assert slider.scores == pytest.approx(scores)
    assert slider.alarms == [name for name, score in scores.items() if score > slider.lines[name]] != []
    for each in slider._changes.values():
        each.value = 1 if each is slider.light else 0
    assert slider.changed.equal(data.as_float(images[2:3])), "at rest nothing is changed"


def test_the_still_picture_of_an_anomaly_slider_has_three_scores_of_each_version():
    slider = widgets.anomaly_slider(network(), some_images(3), some_detector(), alt=MORE)
    (text,) = pictures(slider)
    versions = []
    for name, settings in {
        "untouched": {}, "blurred by 1.5 px": {"blur": 1.5}, "0.4 × the light": {"light": 0.4},
        "turned by 90°": {"turn": 90}, "with noise of 0.2": {"noise": 0.2},
    }.items():  # fmt: skip
        for change in slider._changes.values():
            change.value = settings.get(change.description, 1 if change is slider.light else 0)
        told = [
            f"{score:.{4 if place == 0 else 2}f}: {'alarm' if name in slider.alarms else 'quiet'}"
            for place, (name, score) in enumerate(slider.scores.items())
        ]
        versions.append(f"{name} ({', '.join(told)})")
    error, distance, detector = slider.lines.values()
    assert text == (
        "A normal picture in 5 versions, and below each what the network makes of it and three scores as bars, beside "
        f"their alarm lines, beyond which one normal picture in 20 lies: reconstruction error {error:.4f}, distance "
        f"{distance:.2f} and detector {detector:.2f}. Behind each version are its scores, in this order: "
        f"{', '.join(versions[:-1])} and {versions[-1]}. {MORE}"
    )


def test_pictures_that_are_all_alike_have_an_alarm_line_too():
    detector = anomalies.Detector(torch.zeros(20, 1, 8, 8), torch.zeros(20, 1, 8, 8), neighbours=1)
    black = torch.zeros(2, 1, 8, 8)
    assert "detector 0.00" in next(iter(pictures(widgets.anomaly_slider(network(), black, detector))))


@pytest.mark.parametrize(("model", "images", "detector", "error", "message"), [
    (nn.Linear(64, 64), some_images(4), some_detector(), TypeError, "A Linear has no encode"),
    (network(), some_images(1), some_detector(), ValueError, r"\(N, C, H, W\) with N ≥ 2"),
    (network(), some_images(9), some_detector(), ValueError, r"images must be 8 at most.*got 9\. Take images\[:8\]"),
    (network(shape=(3, 8, 8)), some_images(4, (3, 8, 8)), some_detector((3, 8, 8)), ValueError,
     r"images must have the shape \(N, 1, 8, 8\); this one has \(4, 3, 8, 8\)"),
    (network(), some_images(4, (1, 8, 9)), some_detector(), ValueError,
     r"the detector's images and images must be of one size; these have \(30, 1, 8, 8\) and \(4, 1, 8, 9\)"),
    (network(shape=(1, 8, 9)), some_images(4), some_detector(), ValueError, r"takes images.*\(N, 1, 8, 9\)|8, 9"),
    (network(), some_images(4), [some_images(4)], TypeError,
     r"detector must be an anomalies\.Detector; this is a list\. Make one of normal images: anomalies\.Detector\("),
    (network(), some_images(4), some_detector(reference=2001), ValueError,
     r"a detector can have 2,000 here; this one has 2,001\. Make another: .*reference\[:2000\]"),
    (Softened(), some_images(4), some_detector(), ValueError,
     "The browser cannot evaluate this network: its decoder must be a torch.nn.Module of dense layers"),
])  # fmt: skip
def test_an_anomaly_slider_refuses_what_it_cannot_show(model, images, detector, error, message):
    with pytest.raises(error, match=message):
        widgets.anomaly_slider(model, images, detector)


def some_weights(count=40, copies=2.0, seed=0):
    """Return a method that copies, and one that may not, for so many words."""
    weights = torch.randn(count, count, generator=torch.Generator().manual_seed(seed)) / 10
    return {"may copy": weights + copies * torch.eye(count), "may not": weights.clone().fill_diagonal_(0)}


NAMES = [f"word {place}" for place in range(40)]


def test_suggestions_hand_small_weights_to_the_browser_that_score_as_the_large_ones():
    weights = some_weights() | {"none": torch.zeros(40, 40)}
    widget = widgets.suggestions(NAMES, weights, chosen=NAMES[3:6])
    assert widget.names == NAMES and widget.methods == [*weights] and widget.chosen == NAMES[3:6]
    small = np.frombuffer(widget.matrices, np.int8).reshape(3, 40, 40).astype(float)
    restored = small * np.abs(small) * np.array(widget.scales)[:, :, None]
    for rows in ([7], [3, 4, 5], list(range(12))):
        for scores, exact in zip(restored[:, rows].sum(1), weights.values(), strict=True):
            exact = exact[rows].sum(0).numpy()
            assert np.abs(scores - exact).max() <= 0.015 * np.abs(exact).max()
    assert not restored[2].any() and np.abs(small).max() == 127


def test_suggestions_are_the_ten_best_words_that_are_not_ticked():
    weights = some_weights()
    widget = widgets.suggestions(NAMES, weights, chosen=["word 3", "word 30"])
    for method, matrix in weights.items():
        scores = matrix.T @ torch.tensor([float(name in widget.chosen) for name in NAMES])
        assert torch.allclose(widget.scores[method], scores, atol=1e-6)
        order = [NAMES[place] for place in scores.argsort(descending=True)]
        assert widget.suggested[method] == [name for name in order if name not in widget.chosen][:10]
    assert not any(scores.any() for scores in widgets.suggestions(NAMES, weights).scores.values())


def test_the_still_picture_of_suggestions_says_all_that_is_suggested():
    weights = {"copies": torch.tensor([[2.0, 0.31, -0.004], [0.5, 1.0, 0.1], [0, 0, 3]]), "x": 1000 * torch.eye(3)}
    widget = widgets.suggestions(["art", "craft", "skill"], weights, chosen=["craft", "art"], alt=MORE)
    assert [*pictures(widget)] == [
        "Bars of the scores that 2 methods would give to words beside those that are ticked: craft and art. By "
        "'copies', the ticked words score 1.9 on average; others: skill (0.1). By 'x', the ticked words score 1000 on "
        f"average; others: skill (0). {MORE}"
    ]
    widget.chosen = []  # as if the first word were ticked
    (text,) = pictures(widget)
    assert (
        "ticked: art. By 'copies', the ticked words score 2.0 on average; others: craft (0.3) and skill (0.0)" in text
    )
    widget.chosen = ["art", "craft", "skill"]
    assert "others: none." in next(iter(pictures(widget)))
    long = widgets.suggestions([f"$ {'long' * 20} {place}" for place in range(40)], some_weights())
    assert f"$ {'long' * 20} 0." in next(iter(pictures(long)))


@pytest.mark.parametrize(("names", "weights", "error", "message"), [
    ("abc", {"a": torch.eye(3)}, TypeError, "names must be several words in brackets; this is a str"),
    (5, {"a": torch.eye(3)}, TypeError, "names must be several words in brackets; this is an int"),
    (["a", 2, "c"], {"a": torch.eye(3)}, TypeError, "names must be text, each of them; one is an int: 2"),
    (["a", "b", "a"], {"a": torch.eye(3)}, ValueError, "names must have each word once; 'a' is there twice"),
    (["a", " ", "c"], {"a": torch.eye(3)}, ValueError, "Some of the names are empty"),
    (["a"], {"a": torch.eye(1)}, ValueError, "names must be 2 to 1,000 words; got 1"),
    (map(str, range(1001)), {"a": torch.eye(1001)}, ValueError, "2 to 1,000 words; got 1,001"),
    (["a", "b"], [torch.eye(2)], TypeError, "weights must be a dictionary of names and matrices; this is a list"),
    (["a", "b"], np.eye(2), TypeError, "this is an ndarray"),
    (["a", "b"], {}, ValueError, "weights must have 1 to 3 entries; got 0"),
    (["a", "b"], dict.fromkeys("abcd", torch.eye(2)), ValueError, "1 to 3 entries; got 4"),
    (["a", "b"], {"a": np.eye(2)}, TypeError, r"weights\['a'\] must be a torch tensor; this is an ndarray"),
    (["a", "b"], {"a": torch.eye(2).long()}, TypeError, r"weights\['a'\] must be a float tensor.* torch\.int64"),
    (["a", "b"], {"a": torch.eye(3)}, ValueError,
     r"weights\['a'\] must have the shape \(2, 2\); this one has \(3, 3\)\. It needs a row and a column for each"),
    (["a", "b"], {"a": torch.full((2, 2), math.nan)}, ValueError, r"weights\['a'\] must be finite"),
])  # fmt: skip
def test_suggestions_refuse_what_they_cannot_show(names, weights, error, message):
    with pytest.raises(error, match=message):
        widgets.suggestions(names, weights)


@pytest.mark.parametrize(("chosen", "error", "message"), [
    (["word 1", "cat"], ValueError, "chosen has 'cat', which is none of the 40 names"),
    (["word 1", "word 1"], ValueError, "chosen must have each word once"),
    ("word 1", TypeError, "chosen must be several words in brackets; this is a str"),
    ([1], TypeError, "chosen must be text"),
])  # fmt: skip
def test_what_is_ticked_are_different_words_of_the_names(chosen, error, message):
    with pytest.raises(error, match=message):
        widgets.suggestions(NAMES, some_weights(), chosen=chosen)
    if error is ValueError:
        widget = widgets.suggestions(NAMES, some_weights(), chosen=("word 2",))
        with pytest.raises(error, match=message):
            widget.chosen = chosen
        assert widget.chosen == ["word 2"]


# Of a worker that computes 0.6 seconds for a batch of 10, and where there are two sends 0.4 seconds.
PLAN = Plan(1e6, 1e7, 1e3, speed=1e9, bandwidth=1e7, pictures=3600, epochs=2, batch=10, workers=2, price=3)
WIDE = replace(PLAN, weights=4e6, speed=2e9, batch=99, price=7)


def test_a_cost_calculator_starts_at_the_first_plan():
    widget = widgets.cost_calculator({"small": PLAN, "wide": WIDE}, speeds={"fast": 1e12}, bandwidths={"a wire": 1e9})
    assert widget.view == "costs" and widget.plan == PLAN and widget.network == "small"
    assert (widget.speed, widget.bandwidth) == ("as measured", "as measured")
    assert [plan["name"] for plan in widget.plans] == ["small", "wide"] and widget.plans[1]["weights"] == 4e6
    assert widget.speeds == [["fast", 1e12]] and widget.bandwidths == [["a wire", 1e9]]
    assert widget.stops["batch"][:5] == [1, 2, 4, 8, 10] and widget.stops["workers"] == [2**i for i in range(11)]
    assert widget.stops["pictures"][:3] == [3600, 10_000, 20_000] and widget.stops["pictures"][-1] == 1e10
    assert (widget.stops["size"][0], widget.stops["size"][-1], widget.stops["accumulate"][-1]) == (32, 512, 64)
    usual = widgets.cost_calculator({"small": PLAN})
    assert 1e12 < usual.speeds[0][1] < usual.speeds[1][1] and usual.bandwidths[0][0] == "Wi-Fi"


def test_the_plan_of_a_cost_calculator_is_what_its_controls_say():
    widget = widgets.cost_calculator({"small": PLAN, "wide": WIDE}, speeds={"fast": 1e12})
    widget.network = "wide"
    assert widget.plan == replace(PLAN, weights=4e6, speed=2e9)  # a network brings what was measured of it alone
    widget.speed, widget.bandwidth = "fast", "NVLink 4"
    widget.pictures, widget.size, widget.workers = np.float64(1e6), 64, np.int64(3)
    widget.batch, widget.accumulate, widget.sharded, widget.price = torch.tensor(16), 2, True, 0.5
    changes = {"pictures": 1e6, "size": 64, "workers": 3, "batch": 16, "accumulate": 2, "sharded": True, "price": 0.5}
    assert widget.plan == replace(WIDE, speed=1e12, bandwidth=4.5e11, **changes)
    widget.speed = "as measured"
    assert widget.plan.speed == 2e9


def test_the_still_picture_of_a_cost_calculator_tells_the_plan_and_what_it_costs():
    widget = widgets.cost_calculator({"small": PLAN}, alt=MORE)
    start = (
        "Bars for 1 to 1,024 workers: the shares of their time that they compute and send. They compute, and so much "
        "of linear speed is left: "
    )
    assert [*pictures(widget)] == [
        f"{start}2 workers 60 %, 32 workers 44 % and 1,024 workers 43 %. The plan: 3,600 pictures through small for 2 "
        "epochs: 6 minutes; pictures of 32 × 32, in batches of 10 for each of 2 workers, which exchange gradients "
        "after each batch; cost 0.6; 16 MB of memory in each worker; 20 pictures/s; 40 % of the time spent sending. "
        f"{MORE}"
    ]
    assert repr(widget).startswith("3,600 pictures through small for 2 epochs: 6 minutes; run the cell in a notebook")
    widget.workers, widget.accumulate, widget.sharded = 3, 4, True
    (text,) = pictures(widget)
    assert "for each of 3 workers, which are sharded and exchange gradients after every 4 batches; cost 0.84;" in text
    (text,) = pictures(widgets.cost_calculator({"$": replace(PLAN, epochs=1, workers=1)}))
    assert (
        "through $: 3.6 minutes; pictures" in text
        and "each of 1 worker, which" in text
        and text.endswith("0 % of the time spent sending.")
    )


@pytest.mark.parametrize(("plans", "options", "error", "message"), [
    (PLAN, {}, TypeError, "plans must be a dictionary of names and plans; this is a Plan"),
    ({}, {}, ValueError, "plans must have 1 to 8 entries; got 0"),
    (dict.fromkeys("abcdefghi", PLAN), {}, ValueError, "1 to 8 entries; got 9"),
    ({"a": 5}, {}, TypeError, r"plans\['a'\] must be a distributed\.Plan; this is an int"),
    ({"a": PLAN}, {"speeds": 1e12}, TypeError, "speeds must be a dictionary of names and numbers; this is a float"),
    ({"a": PLAN}, {"speeds": {"fast": 0}}, ValueError, r"speeds\['fast'\] must be above 0"),
    ({"a": PLAN}, {"bandwidths": {"as measured": 1}}, ValueError, "bandwidths must not have the name 'as measured'"),
    ({"a": PLAN}, {"bandwidths": dict.fromkeys("abcdefghijklm", 1)}, ValueError, "0 to 12 entries; got 13"),
])  # fmt: skip
def test_a_cost_calculator_refuses_what_it_cannot_plan(plans, options, error, message):
    with pytest.raises(error, match=message):
        widgets.cost_calculator(plans, **options)


@pytest.mark.parametrize(("trait", "wrong", "message"), [
    ("network", "large", "network must be 'small'; got 'large'"),
    ("speed", "light", "speed must be 'as measured' or 'a small GPU' or 'a large GPU'; got 'light'"),
    ("bandwidth", 1e9, "bandwidth must be 'as measured' or 'Wi-Fi' or .*; got 1000000000"),
    ("pictures", 1e11, r"pictures must be at most 10000000000\."),
    ("pictures", 1, "pictures must be at least 3600; got 1"),
    ("size", "large", "size must be a number; got 'large'"),
    ("workers", 0, "workers must be at least 1; got 0"),
    ("workers", 1.5, "workers must be a whole number"),
    ("batch", 1025, r"batch must be at most 1024\. Got 1025"),
    ("accumulate", 65, r"accumulate must be at most 64\. Got 65"),
    ("sharded", 1, "sharded must be True or False; got 1"),
    ("price", -0.1, "price must be at least 0; got -0.1"),
    ("price", math.nan, "price must be a number; got nan"),
])  # fmt: skip
def test_what_a_cost_calculator_is_set_to_is_on_its_controls(trait, wrong, message):
    widget = widgets.cost_calculator({"small": PLAN})
    with pytest.raises(ValueError, match=message):
        widget.set_trait(trait, wrong)
    assert widget.plan == PLAN

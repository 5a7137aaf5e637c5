"""Hold aelib.models to its promises: shapes, seeds, and errors that say what is wrong."""

import json
import math
import subprocess
import sys

import nbformat
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage import data as photographs
from torch import nn

import notebooks
import train_weights
from aelib import models, training, words
from aelib.models import ACTIVATIONS, Classifier, DenseAutoencoder, RateAutoencoder, VariationalAutoencoder

sizes = st.integers(1, 6)


@given(
    number=st.integers(0, 5),
    code_size=sizes,
    hidden=st.lists(sizes, max_size=3),
    image_shape=st.tuples(st.sampled_from([1, 3]), sizes, sizes),
    activations=st.tuples(*[st.sampled_from(sorted(ACTIVATIONS))] * 3),
)
def test_shapes_of_codes_and_reconstructions(number, code_size, hidden, image_shape, activations):
    model = DenseAutoencoder(code_size, tuple(hidden), image_shape, *activations)
    images = torch.rand(number, *image_shape)
    codes = model.encode(images)
    assert codes.shape == (number, code_size)
    assert model.decode(codes).shape == images.shape
    assert torch.equal(model(images), model.decode(codes))


def test_the_layers_have_the_sizes_that_were_asked_for():
    model = DenseAutoencoder(code_size=2, hidden=(5, 3), image_shape=(1, 2, 4))
    weights = [tuple(parameter.shape) for name, parameter in model.named_parameters() if name.endswith("weight")]
    assert weights == [(5, 8), (3, 5), (2, 3), (3, 2), (5, 3), (8, 5)]


def test_each_activation_stands_where_it_was_asked_for():
    model = DenseAutoencoder(2, (5,), (1, 2, 4), activation="tanh", code_activation="relu", output_activation="linear")
    encoder, decoder = ([type(layer).__name__ for layer in part] for part in (model.encoder, model.decoder))
    assert encoder == ["Linear", "Tanh", "Linear", "ReLU"]
    assert decoder == ["Linear", "Tanh", "Linear", "Identity"]


def test_one_linear_layer_each_way_is_matrix_algebra():
    model = DenseAutoencoder(2, (), (1, 2, 2), output_activation="linear")
    images = torch.rand(3, 1, 2, 2)
    (encoder, _), (decoder, _) = model.encoder, model.decoder
    codes = images.reshape(3, 4) @ encoder.weight.T + encoder.bias
    by_hand = (codes @ decoder.weight.T + decoder.bias).reshape(3, 1, 2, 2)
    assert torch.allclose(model(images), by_hand, atol=1e-6)


def test_the_loss_is_the_mean_squared_error_per_pixel():
    model = DenseAutoencoder(2, (4,), (1, 2, 2))
    images = torch.rand(3, 1, 2, 2)
    by_hand = sum((a - b) ** 2 for a, b in zip(model(images).flatten(), images.flatten(), strict=True)) / 12
    assert model.loss(images).item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = (DenseAutoencoder(seed=seed).state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_building_a_network_leaves_the_global_random_numbers_alone():
    torch.manual_seed(3)
    expected = torch.rand(5)
    torch.manual_seed(3)
    DenseAutoencoder(seed=9)
    assert torch.equal(torch.rand(5), expected)


def test_the_configuration_builds_the_same_network_again():
    model = DenseAutoencoder(3, (4, 5), (3, 2, 2), "relu", "tanh", "linear")
    assert repr(DenseAutoencoder(**model.config)) == repr(model)


# Files of weights and the fingerprints of codecs hold what stands here, to the letter.
CONFIGURATIONS = [
    (
        lambda: DenseAutoencoder(3, (4, 5), (3, 2, 2), "relu", "tanh", "linear", seed=6),
        '{"code_size": 3, "hidden": [4, 5], "image_shape": [3, 2, 2], "activation": "relu", "code_activation": "tanh", '
        '"output_activation": "linear"}',
    ),
    (
        lambda: RateAutoencoder(3, [4], [1, 2, 4], np.float64(0.5), 6),
        '{"code_size": 3, "hidden": [4], "image_shape": [1, 2, 4], "bit_price": 0.5}',
    ),
    (
        lambda: VariationalAutoencoder(np.int64(3), (4,), (1, 2, 4), "relu", 2, 6),
        '{"code_size": 3, "hidden": [4], "image_shape": [1, 2, 4], "activation": "relu", "beta": 2.0}',
    ),
    (
        lambda: models.ConvAutoencoder(3, [4, 5], (1, 4, 8), 6),
        '{"code_size": 3, "widths": [4, 5], "image_shape": [1, 4, 8]}',
    ),
    (
        lambda: models.ConvAutoencoder(3, [4, 5], (1, 4, 8), 6, "image"),
        '{"code_size": 3, "widths": [4, 5], "image_shape": [1, 4, 8], "normalisation": "image"}',
    ),
    (lambda: Classifier(3, 5, (1, 4, 8), 6), '{"classes": 3, "feature_size": 5, "image_shape": [1, 4, 8]}'),
    (lambda: models.RepairNet(3, (4, 8), 2, 2, 6), '{"channels": 3, "widths": [4, 8], "blocks": 2, "patch": 2}'),
    (
        lambda: models.FillingNet((9,), [4], (1, 5, 6), 6),
        '{"hidden": [9], "widths": [4], "image_shape": [1, 5, 6]}',
    ),
    (
        lambda: models.DenoisingNet([1], (4,), 1, np.int32(1), 6),
        '{"deviations": [1.0], "widths": [4], "blocks": 1, "patch": 1}',
    ),
    (lambda: models.ScratchNet((4,), 1, 4, 6), '{"widths": [4], "blocks": 1, "patch": 4}'),
    (lambda: models.DoublingNet(), '{"widths": [48, 96], "blocks": 2, "patch": 2}'),
    (lambda: models.WordAutoencoder(3, np.int64(4), 5, 6), '{"code_size": 3, "hidden": 4, "places": 5}'),
]


@pytest.mark.parametrize(("build", "written"), CONFIGURATIONS)
def test_the_configuration_is_what_it_always_was(build, written):
    model = build()
    assert json.dumps(model.config) == written
    assert str(model.config) == written.replace('"', "'")  # by which a codec tells networks apart


def test_the_networks_that_files_may_name_are_all_that_there_are():
    tested = {type(build()) for build, _ in CONFIGURATIONS}
    public = {kind for kind in vars(models).values() if isinstance(kind, type) and kind is not models.Network}
    assert set(models.NETWORKS.values()) == tested == public
    assert all(kind.__name__ == name for name, kind in models.NETWORKS.items())


def test_what_batch_normalisation_has_seen_is_kept_in_files(tmp_path):
    network = models.ConvAutoencoder(3, (4, 8), (1, 8, 12))
    images = torch.rand(20, 1, 8, 12, generator=torch.Generator().manual_seed(0))
    training.fit(network, images, steps=7, batch_size=5, progress=False, checkpoint=tmp_path / "run")
    training.save(network, tmp_path / "kept")
    resumed = models.ConvAutoencoder(3, (4, 8), (1, 8, 12))
    training.resume(resumed, images, tmp_path / "run", progress=False)
    for again in (training.load_model(tmp_path / "kept"), resumed):
        assert again.encoder[1].num_batches_tracked == 7 and again.encoder[1].num_batches_tracked.dtype == torch.int64
        assert again(images).equal(network(images))


def test_a_convolutional_autoencoder_halves_its_images_as_often_as_it_has_widths():
    network = models.ConvAutoencoder(5, (4, 6, 8), (3, 16, 24))
    images = torch.rand(2, 3, 16, 24)
    assert network.encoder[:-2](images).shape == (2, 8, 2, 3)
    assert network.encode(images).shape == (2, 5) and network(images).shape == images.shape
    for shape, told in (((3, 16, 20), "multiples of 8"), ((3, 12, 24), "multiples of 8")):
        with pytest.raises(ValueError, match=told):
            models.ConvAutoencoder(5, (4, 6, 8), shape)
    with pytest.raises(ValueError, match="widths is empty"):
        models.ConvAutoencoder(5, ())


def test_an_image_normalised_alone_does_not_see_the_others_of_its_batch():
    images = torch.rand(4, 3, 8, 12)
    for normalisation, alike in (("image", True), ("batch", False)):
        network = models.ConvAutoencoder(3, (4,), (3, 8, 12), normalisation=normalisation).train()
        assert torch.allclose(network(images)[:2], network(images[:2]), atol=1e-6) is alike
    with pytest.raises(ValueError, match="normalisation must be one of batch, image; got 'none'"):
        models.ConvAutoencoder(3, (4,), (3, 8, 12), normalisation="none")


def test_a_convolutional_autoencoder_keeps_more_than_a_pixel_for_batch_normalisation():
    with pytest.raises(ValueError, match=r"3 convolutions would shrink images of 8 × 8 to a single pixel"):
        models.ConvAutoencoder(5, (4, 6, 8), (3, 8, 8))
    network = models.ConvAutoencoder(5, (4, 6, 8), (3, 8, 16))
    training.fit(network, torch.rand(5, 3, 8, 16), epochs=1, batch_size=4, progress=False)  # the last batch has one


def test_a_network_of_ones_own_has_the_configuration_of_the_one_that_it_extends():
    class OfOnesOwn(VariationalAutoencoder):
        def __init__(self, more):
            super().__init__(3, (4,), (1, 2, 4))
            self.more = more

    assert OfOnesOwn(5).config == VariationalAutoencoder(3, (4,), (1, 2, 4)).config


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_size": 0},
        {"code_size": -3},
        {"hidden": (5, 0)},
        {"image_shape": (1, 0, 28)},
        {"image_shape": (28, 28)},
        {"image_shape": (1, 1, 28, 28)},
    ],
    ids=str,
)
def test_sizes_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must be (at least 1|\(C, H, W\)); got"):
        DenseAutoencoder(**wrong)


@pytest.mark.parametrize("place", ["activation", "code_activation", "output_activation"])
def test_an_unknown_activation_is_refused_with_the_known_ones(place):
    with pytest.raises(ValueError, match=r"no activation 'softmax'; choose from linear, relu, silu, tanh, sigmoid"):
        DenseAutoencoder(**{place: "softmax"})


@pytest.mark.parametrize("shape", [(1, 28, 28), (5, 28, 28), (5, 1, 28, 27), (5, 3, 28, 28), (5, 784)])
def test_images_of_another_shape_are_refused_with_both_shapes(shape):
    with pytest.raises(ValueError) as refusal:
        DenseAutoencoder().encode(torch.zeros(shape))
    assert "(N, 1, 28, 28)" in str(refusal.value)
    assert str(shape) in str(refusal.value)


def test_images_that_are_still_bytes_are_refused_with_the_cure():
    with pytest.raises(TypeError, match=r"torch\.uint8\. Use data\.as_float\(images\)"):
        DenseAutoencoder().encode(torch.zeros(5, 1, 28, 28, dtype=torch.uint8))


@pytest.mark.parametrize("shape", [(32,), (5, 31), (5, 32, 1)])
def test_codes_of_another_shape_are_refused_with_both_shapes(shape):
    with pytest.raises(ValueError) as refusal:
        DenseAutoencoder(code_size=32).decode(torch.zeros(shape))
    assert "(N, 32)" in str(refusal.value)
    assert str(shape) in str(refusal.value)


def test_the_bits_of_a_value_are_those_of_the_interval_around_it():
    model = RateAutoencoder(3, (5,), (1, 2, 4))
    with torch.no_grad():
        model.code_mean.copy_(torch.tensor([0.0, 2.0, -1.0]))
        model.code_log_scale.copy_(torch.tensor([0.0, 1.0, -0.5]))
    codes = torch.arange(-40, 41.0)[:, None].expand(-1, 3)  # (81, 3): all whole numbers that have a chance
    distance = (codes.double() - model.code_mean.double()).detach()
    scale = model.code_log_scale.double().exp().detach()
    probability = torch.sigmoid((distance + 0.5) / scale) - torch.sigmoid((distance - 0.5) / scale)  # (81, 3)
    assert torch.allclose(probability.sum(0), torch.ones(3).double(), atol=1e-4)  # one of them is sure to come
    expected = -probability.clamp(min=1e-9).log2().sum(1)
    assert torch.allclose(model.bits(codes).double(), expected, rtol=1e-3)


def test_the_loss_is_distortion_plus_price_times_rate():
    images = torch.rand(50, 1, 2, 4)
    losses = []
    for bit_price in (0.0, 0.5):
        model = RateAutoencoder(3, (5,), (1, 2, 4), bit_price)
        torch.manual_seed(0)
        losses.append(model.loss(images).item())
    torch.manual_seed(0)
    noisy = model.encode(images) + torch.rand(50, 3) - 0.5
    assert losses[0] == pytest.approx((model.decode(noisy) - images).square().mean().item())
    assert losses[1] - losses[0] == pytest.approx(0.5 * model.bits(noisy).mean().item() / 8, rel=1e-4)


def test_a_code_far_off_has_finite_bits_and_a_gradient():
    model = RateAutoencoder(3, (5,), (1, 2, 4))
    codes = torch.tensor([[1e6, -1e6, 0.0]], requires_grad=True)
    model.bits(codes).sum().backward()
    assert model.bits(codes).isfinite().all() and codes.grad.isfinite().all()


def test_a_dearer_bit_is_used_less():
    images = torch.rand(64, 1, 2, 4, generator=torch.Generator().manual_seed(0))
    bits = []
    for bit_price in (0.001, 0.1):
        model = RateAutoencoder(4, (8,), (1, 2, 4), bit_price)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        torch.manual_seed(0)
        for _ in range(300):
            optimizer.zero_grad()
            model.loss(images).backward()
            optimizer.step()
        bits.append(model.bits(model.encode(images).round()).mean().item())
    assert bits[1] < 0.7 * bits[0]


def test_a_rate_autoencoder_is_built_again_from_its_configuration_and_refuses_a_negative_price():
    model = RateAutoencoder(3, (5, 4), (1, 2, 4), 0.1, seed=3)
    again = RateAutoencoder(**model.config, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    with pytest.raises(ValueError, match="bit_price must be at least 0"):
        RateAutoencoder(bit_price=-1.0)


def test_the_divergence_is_that_of_torch_and_the_reconstruction_a_sum_in_nats():
    model, images = VariationalAutoencoder(3, (7, 5), (1, 2, 4)), torch.rand(50, 1, 2, 4)
    mean, log_variance = model.posterior(images)
    assert torch.equal(mean, model.encode(images))
    torch.manual_seed(0)
    reconstruction, divergence = model.elbo_terms(images)
    posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    assert divergence.shape == (50, 3) and torch.allclose(divergence, expected, atol=1e-5)
    torch.manual_seed(0)
    decoded = model.decode(mean + (log_variance / 2).exp() * torch.randn(50, 3))
    log_likelihood = images * decoded.log() + (1 - images) * (1 - decoded).log()
    assert torch.allclose(reconstruction, -log_likelihood.sum((1, 2, 3)), atol=1e-4)


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_the_loss_of_a_vae_is_a_sum_per_image_with_the_divergence_weighed(beta):
    model, images = VariationalAutoencoder(3, (5,), (1, 2, 4), beta=beta), torch.rand(50, 1, 2, 4)
    torch.manual_seed(0)
    loss = model.loss(images).item()
    torch.manual_seed(0)
    reconstruction, divergence = model.elbo_terms(images)
    assert loss == pytest.approx(reconstruction.mean().item() + beta * divergence.sum(1).mean().item(), rel=1e-5)


def test_the_bound_of_a_vae_is_one():
    """The mean over many codes of p(x|c) p(c) / q(c|x) is p(x): −ELBO must not be below −log of it."""
    model, image = VariationalAutoencoder(2, (5,), (1, 2, 4)), torch.rand(1, 1, 2, 4).round()
    images = image.expand(100_000, -1, -1, -1)
    with torch.no_grad():
        reconstruction, divergence = model.elbo_terms(images)
        likelihood = model.decode(torch.randn(100_000, 2))
        log_p = (images * likelihood.log() + (1 - images) * (1 - likelihood).log()).sum((1, 2, 3)).exp().mean().log()
    assert reconstruction.mean() + divergence.sum(1).mean() > -log_p


def test_a_vae_is_built_again_from_its_configuration_and_refuses_what_makes_no_sense():
    model = VariationalAutoencoder(3, (5, 4), (1, 2, 4), "relu", 2.0, seed=3)
    again = VariationalAutoencoder(**model.config, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    for options in ({"beta": -1.0}, {"hidden": ()}, {"beta": float("inf")}):
        with pytest.raises(ValueError, match=r"beta must be|needs a hidden layer"):
            VariationalAutoencoder(**options)
    with pytest.raises(ValueError, match=r"\(N, 1, 2, 4\)"):
        model.posterior(torch.rand(5, 1, 4, 2))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 4, 8)])
def test_a_classifier_has_features_and_a_score_for_each_class(shape):
    model = Classifier(7, 12, shape)
    images = torch.rand(5, *shape)
    assert model.features(images).shape == (5, 12) and model(images).shape == (5, 7)
    assert torch.equal(model(images), model.head(model.features(images)))
    again = Classifier(**model.config)
    assert torch.equal(model(images), again(images)) and not torch.equal(
        Classifier(7, 12, shape, 1)(images), model(images)
    )
    with pytest.raises(TypeError, match="as_float"):
        model(torch.zeros(5, *shape, dtype=torch.uint8))
    with pytest.raises(ValueError, match="multiples of 4"):
        Classifier(image_shape=(1, 28, 30))


@pytest.mark.parametrize("shape", [(1, 5, 4), (3, 2, 4)])
def test_pca_as_a_network_is_that_of_scikit_learn(shape):
    from sklearn.decomposition import PCA

    images = torch.rand(50, *shape, generator=torch.Generator().manual_seed(0))
    network, rows = models.pca(images, 6), images.flatten(1).numpy()
    reference = PCA(6).fit(rows)
    assert torch.allclose(network.encode(images).abs(), torch.from_numpy(reference.transform(rows)).abs(), atol=1e-4)
    expected = torch.from_numpy(reference.inverse_transform(reference.transform(rows))).reshape(images.shape)
    assert torch.allclose(network(images), expected, atol=1e-5)


def test_pca_refuses_what_it_cannot_be_of():
    for images, code_size in ((torch.rand(1, 1, 2, 2), 1), (torch.rand(9, 1, 2, 2), 5), (torch.rand(9, 1, 2, 2), 0)):
        with pytest.raises(ValueError, match="PCA needs two images"):
            models.pca(images, code_size)
    with pytest.raises(TypeError, match="as_float"):
        models.pca(torch.zeros(5, 1, 2, 2, dtype=torch.uint8), 1)
    with pytest.raises(ValueError, match="4,096"):
        models.pca(torch.zeros(5, 3, 64, 64), 1)
    with pytest.raises(ValueError, match="finite"):
        models.pca(torch.full((5, 1, 2, 2), float("nan")), 1)
    assert models.pca(torch.rand(5, 1, 1, 1), 1)(torch.rand(2, 1, 1, 1)).shape == (2, 1, 1, 1)


@pytest.mark.parametrize(("channels", "height", "width"), [(1, 28, 28), (3, 37, 50), (3, 1, 1), (1, 5, 64)])
def test_a_repair_net_takes_images_of_any_size(channels, height, width):
    network = models.RepairNet(channels, (4, 8, 8), blocks=2, patch=2)
    damaged = torch.rand(2, channels, height, width)
    lost = torch.rand(2, 1, height, width) < 0.3
    assert network(damaged).shape == network(damaged, lost).shape == damaged.shape


def test_an_untrained_repair_net_changes_nothing_much_and_says_what_to_add():
    network = models.RepairNet(1, (4, 8))
    damaged = torch.rand(3, 1, 28, 28)
    with torch.no_grad():
        network.last.bias.fill_(0.25)
        assert torch.allclose(network(damaged), damaged + 0.25)


def test_a_repair_net_sees_which_pixels_are_lost_and_every_parameter_learns():
    network = models.RepairNet(1, (4, 8), blocks=1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    before = [parameter.clone() for parameter in network.parameters()]
    damaged = torch.rand(4, 1, 16, 16)
    lost = torch.rand(4, 1, 16, 16) < 0.5
    for _ in range(3):  # at first the last layer alone has a gradient, then what stands before it
        optimizer.zero_grad()
        network(damaged, lost).square().mean().backward()
        optimizer.step()
    assert all((a != b).any() for a, b in zip(before, network.parameters(), strict=True))
    assert not torch.equal(network(damaged, lost), network(damaged))
    assert torch.equal(network(damaged, torch.zeros_like(lost)), network(damaged))


def test_a_repair_net_repeats_with_its_seed():
    first, again, other = (models.RepairNet(1, (4, 8), seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["first.weight"], other["first.weight"])


def test_a_repair_net_refuses_what_does_not_fit():
    for wrong in ({"widths": ()}, {"widths": (4, 0)}, {"channels": 0}, {"blocks": 0}, {"patch": 0}):
        with pytest.raises(ValueError, match=r"at least 1|One width at least"):
            models.RepairNet(**wrong)
    network = models.RepairNet(1, (4, 8))
    with pytest.raises(ValueError, match="images of the shape"):
        network(torch.rand(2, 3, 8, 8))
    with pytest.raises(TypeError, match="as_float"):
        network(torch.zeros(2, 1, 8, 8, dtype=torch.uint8))
    with pytest.raises(ValueError, match=r"lost must have the shape \(2, 1, 8, 8\)"):
        network(torch.rand(2, 1, 8, 8), torch.zeros(2, 1, 8, 9, dtype=torch.bool))


def test_a_repair_net_is_saved_and_loaded(tmp_path):
    network = models.RepairNet(3, (4, 8), blocks=2, patch=2).eval()
    training.save(network, tmp_path / "net.safetensors")
    loaded = training.load_model(tmp_path / "net.safetensors")
    damaged = torch.rand(1, 3, 10, 10)
    assert torch.equal(loaded(damaged), network(damaged)) and loaded.config == network.config


def test_importing_aelib_alone_loads_nothing_heavy():
    script = """
import sys
import aelib
assert "data" in dir(aelib) and "training" in dir(aelib)
heavy = {"torch", "numpy", "matplotlib", "ipywidgets", "IPython", "sklearn", "skimage", "torchvision", "cv2"}
print("loaded too early:", sorted(heavy & set(sys.modules)))
assert aelib.data.load and "torch" in sys.modules and "matplotlib" not in sys.modules
"""
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert process.returncode == 0, process.stderr
    assert process.stdout.strip() == "loaded too early: []"


def test_a_module_that_aelib_does_not_have_is_refused_with_those_it_has():
    import aelib

    assert aelib.models is models
    with pytest.raises(
        AttributeError, match=r"no module 'nonsense'; it has anomalies, checks, classical, .*, widgets, words"
    ):
        aelib.nonsense  # noqa: B018 - the look-up is the test


def test_a_filling_net_guesses_then_refines_and_sees_no_lost_pixel():
    network = models.FillingNet((16,), (4, 8), (1, 12, 12))
    damaged = torch.rand(3, 1, 12, 12)
    lost = torch.rand(3, 1, 12, 12) < 0.4
    guess = network.dense(damaged, lost)
    assert guess.shape == network(damaged, lost).shape == damaged.shape
    # Untrained, the second part adds the same small number everywhere, the bias of its last layer.
    added = network(damaged, lost) - torch.where(lost, guess, damaged)
    assert added.std() < 1e-6
    assert not torch.equal(network.dense(damaged, ~lost), guess)


def test_a_filling_net_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="at least 1"):
        models.FillingNet((0,))
    network = models.FillingNet((16,), (4, 8), (1, 12, 12))
    with pytest.raises(ValueError, match=r"lost must have the shape \(2, 1, 12, 12\)"):
        network(torch.rand(2, 1, 12, 12), torch.zeros(2, 1, 12, 11, dtype=torch.bool))
    with pytest.raises(ValueError, match="images of the shape"):
        network(torch.rand(2, 1, 12, 13), torch.zeros(2, 1, 12, 13, dtype=torch.bool))


def test_guesses_without_noise_are_the_image_and_with_noise_are_nearer_to_it():
    network = models.DenoisingNet((0.1, 0.0001), (4, 8))
    image = torch.linspace(0, 1, 40).reshape(1, 1, 1, 40).expand(1, 3, 30, 40).clone()
    assert torch.allclose(network.guesses(image)[1], image, atol=1e-3)
    noisy = image + 0.1 * torch.randn(image.shape, generator=torch.Generator().manual_seed(0))
    errors = [(guess - image).square().mean() for guess in (*network.guesses(noisy), noisy)]
    assert errors[0] < errors[2] / 10 and torch.isclose(errors[1], errors[2], rtol=0.01)
    change = network(noisy) - network.guesses(noisy)[0]  # untrained, it starts from the first guess,
    # and adds the same small number, the bias of its last layer, to each pixel of a square of 2 × 2
    assert torch.allclose(change[..., ::2, ::2].std((2, 3)), torch.tensor(0.0), atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 5), (33, 16)])
def test_a_denoising_net_takes_images_of_any_size(height, width):
    images = torch.rand(2, 3, height, width)
    assert models.DenoisingNet((0.1, 0.05), (4, 8))(images).shape == images.shape


def test_the_first_guess_learns_from_patches_that_look_alike():
    bricks = torch.from_numpy(photographs.brick()[:200, :200] / 255).float().expand(1, 3, -1, -1)
    noisy = bricks + 0.1 * torch.randn(bricks.shape, generator=torch.Generator().manual_seed(0))
    with_stacks, without = models.DenoisingNet((0.1, 0.1), (4, 8)).guesses(noisy)  # only the first guess stacks patches
    errors = [(guess - bricks).square().mean() for guess in (with_stacks, without)]
    assert errors[0] < 0.9 * errors[1], errors


def test_flat_images_stay_as_they_are():
    for value in (0.0, 0.5, 1.0):  # black has no energy to be divided by
        image = torch.full((1, 3, 20, 31), value)
        for guess in models.DenoisingNet((0.1, 0.05), (4, 8)).guesses(image):
            assert torch.allclose(guess, image, atol=1e-5)


def test_a_denoising_net_refuses_what_is_no_colour_image():
    with pytest.raises(ValueError, match="images of the shape"):
        models.DenoisingNet((0.1,), (4, 8))(torch.rand(2, 1, 8, 8))
    with pytest.raises(TypeError, match="as_float"):
        models.DenoisingNet((0.1,), (4, 8))(torch.zeros(2, 3, 8, 8, dtype=torch.uint8))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 5), (33, 16)])
def test_networks_for_photographs_take_images_of_any_size(height, width):
    images = torch.rand(2, 3, height, width)
    lost = torch.rand(2, 1, height, width) < 0.3
    assert models.ScratchNet((4, 8))(images, lost).shape == models.DoublingNet((4, 8))(images).shape == images.shape


def test_lost_pixels_are_guessed_from_their_neighbours_and_tell_nothing():
    slope = torch.linspace(0.2, 0.8, 32).expand(1, 3, 32, 32).clone()
    lost = torch.zeros(1, 1, 32, 32, dtype=torch.bool)
    lost[..., 10:13, :] = True
    network = models.ScratchNet((4, 8))
    guess = network.guess(slope.masked_fill(lost, 0), lost)
    assert torch.allclose(guess, slope, atol=0.03)
    assert torch.equal(guess[~lost.expand_as(guess)], slope[~lost.expand_as(slope)])
    assert torch.equal(network.guess(slope.masked_fill(lost, 1), lost), guess)
    assert network.guess(slope, torch.ones_like(lost)).isfinite().all()  # even if nothing is known
    with pytest.raises(ValueError, match="lost must have the shape"):
        network(slope, lost[..., :5])


def test_doubling_starts_from_a_bicubic_enlargement():
    small = torch.rand(1, 3, 6, 8)
    squares = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
    bicubic = torch.nn.functional.interpolate(small, scale_factor=2, mode="bicubic")
    change = models.DoublingNet((4, 8))(squares) - bicubic  # untrained, the bias of its last layer
    assert torch.allclose(change[..., ::2, ::2].std((2, 3)), torch.tensor(0.0), atol=1e-5)


@pytest.mark.parametrize("kind", [models.FillingNet, models.DenoisingNet, models.ScratchNet, models.DoublingNet])
def test_networks_that_refine_a_guess_are_saved_and_loaded(kind, tmp_path):
    network = kind(widths=(4, 8)).eval()
    training.save(network, tmp_path / "network.safetensors")
    image = torch.rand(1, network.refine.channels if kind is models.FillingNet else 3, 28, 28)
    lost = torch.rand(1, 1, 28, 28) < 0.2
    assert torch.equal(training.load_model(tmp_path / "network.safetensors")(image, lost), network(image, lost))


def test_networks_are_float32_whatever_the_default_is():
    kinds = [
        models.DenseAutoencoder, models.RateAutoencoder, models.VariationalAutoencoder, models.Classifier,
        models.RepairNet, models.FillingNet, models.DenoisingNet, models.ScratchNet, models.DoublingNet,
    ]  # fmt: skip
    plain = [kind(seed=3).state_dict() for kind in kinds]
    torch.set_default_dtype(torch.float64)
    try:
        others = [kind(seed=3).state_dict() for kind in kinds]
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    for weights, other in zip(plain, others, strict=True):
        assert all(torch.equal(weights[name], other[name]) and other[name].dtype == torch.float32 for name in weights)


def test_a_variational_autoencoder_that_has_run_away_has_a_loss_of_nan():
    model = VariationalAutoencoder(3, (4,), (1, 2, 4))
    images = torch.rand(5, 1, 2, 4)
    torch.manual_seed(0)
    reconstruction, _ = model.elbo_terms(images)
    torch.manual_seed(0)
    mean, log_variance = model.posterior(images)
    drawn = model.decode(mean + (log_variance / 2).exp() * torch.randn_like(mean))
    by_hand = torch.nn.functional.binary_cross_entropy(drawn, images, reduction="none").sum((1, 2, 3))
    assert torch.equal(reconstruction, by_hand)
    with torch.no_grad():
        model.decoder[0].bias[0] = math.nan
    assert model.loss(images).isnan()


def test_noise_is_taken_alike_whatever_the_default_type_of_numbers_is():
    network = models.DenoisingNet(widths=(4,), blocks=1).eval()
    noisy = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = network(noisy)
        torch.set_default_dtype(torch.float64)
        try:
            again = network(noisy)
        finally:
            torch.set_default_dtype(torch.float32)
    assert again.dtype == torch.float32 and torch.allclose(again, expected, atol=1e-5)


def source_of(lesson, cell_id):
    """Return the source of a cell of the lesson of a number."""
    [path] = [path for path in notebooks.LESSONS if path.name.startswith(lesson)]
    [source] = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.id == cell_id]
    return source


def test_the_contrastive_encoder_learns_by_the_loss_that_lesson_9_writes_out():
    written_out = {"torch": torch, "nn": nn, "F": nn.functional}
    exec(source_of("09", "vicreg"), written_out)
    images = torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    for view in (written_out["view"], train_weights.view):
        assert view(images).shape == images.shape
        assert 0 <= view(images).min() < view(images).max() <= 1
    written_out["view"] = train_weights.view  # the lesson's are not stretched, and keep their contrast
    encoder = models.ConvAutoencoder(6, (4, 8), (1, 28, 28)).encoder
    learners = [written_out["VICReg"](encoder, 6), train_weights.LearningToCompare(encoder, 6)]
    learners[0].load_state_dict(learners[1].state_dict())
    losses = []
    for learner in learners:
        torch.manual_seed(0)
        losses.append(learner.loss(images).item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_a_word_autoencoder_sees_a_word_from_its_end_too():
    network = models.WordAutoencoder(3, 4, places=5)
    letters = torch.tensor([[3, 1, 20, 0, 0], [1, 2, 3, 4, 5]], dtype=torch.uint8)
    seen = []
    network.encoder[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    codes = network.encode(letters)
    one_hot = seen[0].unflatten(1, (10, 27))
    assert one_hot.sum(2).eq(1).all()
    assert one_hot.argmax(2).tolist() == [[3, 1, 20, 0, 0, 20, 1, 3, 0, 0], [1, 2, 3, 4, 5, 5, 4, 3, 2, 1]]
    assert codes.shape == (2, 3) and network(letters).shape == (2, 5, 27)
    spelt = network(letters).log_softmax(2)
    by_hand = -sum(spelt[n, place, letters[n, place].long()] for n in range(2) for place in range(5)) / 10
    torch.testing.assert_close(network.loss(letters, letters), by_hand)


@pytest.mark.parametrize(
    ("letters", "error", "told"),
    [
        (torch.zeros(2, 5), TypeError, "whole numbers from 0 to 26"),
        (torch.zeros(2, 5, dtype=torch.bool), TypeError, "whole numbers from 0 to 26"),
        ([[1, 2]], TypeError, "must be a torch tensor"),
        (torch.zeros(2, 4, dtype=torch.uint8), ValueError, r"takes letters of the shape \(N, 5\)"),
        (torch.full((2, 5), 27), ValueError, "from 0 to 26; these go from 27"),
        (torch.full((2, 5), -1), ValueError, "from 0 to 26; these go from -1"),
    ],
)
def test_what_are_no_letters_is_refused(letters, error, told):
    with pytest.raises(error, match=told):
        models.WordAutoencoder(3, 4, places=5).encode(letters)


def some_table(rows=60, columns=7, seed=0):
    return (torch.rand(rows, columns, generator=torch.Generator().manual_seed(seed)) < 0.4).double()


def test_ridge_minimises_what_it_says():
    table, penalty = some_table(), 2.5
    best = models.ridge(table, penalty).double().requires_grad_()
    cost = (table - table @ best).square().sum() + penalty * best.square().sum()
    (gradient,) = torch.autograd.grad(cost, best)
    assert gradient.abs().max() < 1e-4
    torch.testing.assert_close(models.ridge(table, 1e-9), torch.eye(7), atol=1e-6, rtol=0)  # free to copy, it copies


def test_ease_minimises_the_same_with_nothing_on_its_diagonal():
    table, penalty = some_table(), 2.5
    best = models.ease(table, penalty).double().requires_grad_()
    assert (best.diagonal() == 0).all()
    cost = (table - table @ best).square().sum() + penalty * best.square().sum()
    (gradient,) = torch.autograd.grad(cost, best)
    assert (gradient - gradient.diagonal().diag()).abs().max() < 1e-4  # but for the diagonal, which may not move
    for column in range(7):  # each column is ridge regression on the others
        others = [other for other in range(7) if other != column]
        products = table[:, others].T @ table[:, others] + penalty * torch.eye(6, dtype=torch.float64)
        alone = torch.linalg.solve(products, table[:, others].T @ table[:, column])
        torch.testing.assert_close(best[others, column].detach(), alone, atol=1e-6, rtol=1e-5)


def test_rows_without_entries_and_other_types_change_nothing():
    table = some_table()
    for way in (models.ridge, models.ease):
        expected = way(table, 1.0)
        assert way(torch.cat([table, torch.zeros(5, 7)]), 1).equal(expected)
        assert way(table.bool(), 1).equal(expected) and way(table.byte(), np.float64(1)).equal(expected)


@pytest.mark.parametrize("way", [models.ridge, models.ease])
@pytest.mark.parametrize(
    ("table", "penalty", "error", "told"),
    [
        (some_table().numpy(), 1, TypeError, "must be a torch tensor"),
        (some_table()[0], 1, ValueError, "must have the shape"),
        (-some_table(), 1, ValueError, "counts from 0 on"),
        (some_table().masked_fill(some_table() > 0, math.nan), 1, ValueError, "counts from 0 on"),
        (torch.zeros(3, 4), 1, ValueError, "no entry"),
        (torch.zeros(1, 10**6, dtype=torch.bool), 1, ValueError, "1,000,000 columns would take 24,000 GB of memory"),
        (some_table(), 0, ValueError, "penalty must be above 0"),
        (some_table(), math.nan, ValueError, "penalty must be a number"),
    ],
)
def test_what_is_no_table_is_refused(way, table, penalty, error, told):
    with pytest.raises(error, match=told):
        way(table, penalty)


def test_lesson_10_writes_out_the_word_autoencoder_that_ships():
    names = {"torch": torch, "nn": nn, "F": nn.functional}
    exec(source_of("10", "word-autoencoder"), names)
    written_out = names["WordAutoencoder"]()
    shipped = training.pretrained("words-128")
    written_out.load_state_dict(shipped.state_dict())
    typed = words.as_letters(["recieve", "wierd", "abcdefghijklmnop"])
    assert written_out.encode(typed).equal(shipped.encode(typed))
    assert written_out.decode(shipped.encode(typed)).equal(shipped(typed))
    assert written_out.loss(typed, typed).equal(shipped.loss(typed, typed))


def test_lesson_10_writes_out_ridge_and_ease():
    table = some_table()
    names = {"torch": torch, "train_rows": table.float()}
    exec(source_of("10", "ease").partition("penalties =")[0], names)
    for way in ("ridge", "ease"):
        torch.testing.assert_close(names[way](2.5), getattr(models, way)(table, 2.5), atol=1e-5, rtol=1e-4)

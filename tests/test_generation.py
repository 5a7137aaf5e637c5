"""New images: codes are drawn as each method says, walks end where they should, and copies are found."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture

from aelib import data, generation, metrics, training
from aelib.models import DenseAutoencoder, VariationalAutoencoder

FASHION = data.load("fashion-mnist")
GENERATOR = torch.Generator().manual_seed(0)
# Two clusters of three units that depend on each other.
MIXED = torch.randn(4000, 3, generator=GENERATOR) @ torch.tensor([[2.0, 0, 0], [1, 0.5, 0], [0, 0.3, 1]])
CODES = MIXED + torch.tensor([[6.0, 0, -3]]) * (torch.arange(4000) % 2)[:, None]


@pytest.mark.parametrize("method", generation.METHODS)
def test_codes_repeat_with_the_seed_and_only_with_it(method):
    first, again, other = (generation.draw_codes(CODES, method, 50, seed, components=2) for seed in (3, 3, 4))
    assert first.shape == (50, 3) and first.dtype == torch.float32
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_uniform_codes_fill_their_range():
    drawn = generation.draw_codes(CODES, "uniform", 20_000)
    assert drawn.min() >= 0 and drawn.max() <= 1 and torch.allclose(drawn.mean(0), torch.tensor(0.5), atol=0.02)
    drawn = generation.draw_codes(CODES, "range", 20_000)
    lowest, highest = CODES.min(0).values, CODES.max(0).values
    assert (drawn >= lowest).all() and (drawn <= highest).all()
    assert torch.allclose(drawn.mean(0), (lowest + highest) / 2, rtol=0.05, atol=0.1)


@pytest.mark.parametrize("method", ["gaussian", "mixture"])
def test_normal_codes_have_the_mean_and_the_covariance_of_real_ones(method):
    drawn = generation.draw_codes(CODES, method, 50_000, components=2)
    assert torch.allclose(drawn.mean(0), CODES.mean(0), atol=0.1)
    assert torch.allclose(torch.cov(drawn.T), torch.cov(CODES.T), atol=0.15, rtol=0.03)


def test_the_prior_is_the_standard_normal_distribution():
    drawn = generation.draw_codes(CODES, "prior", 50_000)
    assert torch.allclose(drawn.mean(0), torch.zeros(3), atol=0.02)
    assert torch.allclose(torch.cov(drawn.T), torch.eye(3), atol=0.03)


def test_a_mixture_finds_the_clusters_and_leaves_the_gap_empty():
    clusters = 0.1 * torch.randn(2000, 2, generator=GENERATOR) + 5.0 * (torch.arange(2000) % 2)[:, None]
    drawn = generation.draw_codes(clusters, "mixture", 2000, components=2)
    assert not ((drawn > 1) & (drawn < 4)).any()
    assert 0.45 < (drawn[:, 0] > 2.5).float().mean() < 0.55
    one = generation.draw_codes(clusters, "gaussian", 2000)
    assert ((one > 1) & (one < 4)).any()


def test_a_mixture_is_that_of_scikit_learn():
    mixture = generation.fit_mixture(CODES, 2)
    reference = GaussianMixture(2, random_state=0).fit(CODES.numpy())
    assert mixture.score(CODES.numpy()) == pytest.approx(reference.score(CODES.numpy()), abs=0.01)


def test_a_mixture_looks_at_the_first_codes_alone():
    codes = torch.cat([CODES, 100 + CODES])
    few = generation.fit_mixture(codes, 2, most=len(CODES))
    assert np.array_equal(few.means_, generation.fit_mixture(CODES, 2).means_)
    assert generation.fit_mixture(codes, 2).means_.max() > 50
    with pytest.raises(ValueError, match=r"3 codes a mixture can have 1 to 3 components; got 4"):
        generation.fit_mixture(codes, 4, most=3)


def test_codes_that_are_all_the_same_are_no_trouble():
    for method in generation.METHODS:
        assert generation.draw_codes(torch.ones(60, 2), method, 5, components=3).isfinite().all()


@pytest.mark.parametrize("method", generation.METHODS)
def test_codes_of_one_unit_in_double_precision_with_gradients_are_no_trouble(method):
    codes = CODES[:, :1].double().requires_grad_()
    drawn = generation.draw_codes(codes, method, 500, components=2)
    assert drawn.shape == (500, 1) and drawn.dtype == torch.float32 and not drawn.requires_grad
    if method in ("gaussian", "mixture"):
        assert drawn.std().item() == pytest.approx(codes.std().item(), rel=0.15)


@pytest.mark.parametrize("components", [0, 51])
def test_a_mixture_of_more_components_than_codes_is_refused(components):
    with pytest.raises(ValueError, match=f"1 to 50 components; got {components}"):
        generation.draw_codes(CODES[:50], "mixture", 5, components=components)


@pytest.mark.parametrize(
    ("codes", "method", "count", "message"),
    [
        (CODES, "magic", 5, "choose from uniform, range, gaussian, mixture, prior"),
        (CODES, "prior", 0, "count must be at least 1"),
        (CODES[0], "range", 5, r"\(N, code_size\)"),
        (CODES[:1], "range", 5, "N ≥ 2"),
        (CODES * float("nan"), "range", 5, "finite"),
    ],
)
def test_what_cannot_be_drawn_is_refused(codes, method, count, message):
    with pytest.raises(ValueError, match=message):
        generation.draw_codes(codes, method, count)


@pytest.mark.parametrize("network", [DenseAutoencoder, VariationalAutoencoder])
def test_samples_are_decoded_codes(network):
    model = network(3, (5,), (1, 4, 6))
    images = torch.randint(0, 256, (2500, 1, 4, 6), dtype=torch.uint8, generator=GENERATOR)
    codes = model.encode(data.as_float(images)).detach()
    assert torch.allclose(generation.encode_all(model, images), codes, atol=1e-6)
    drawn = generation.sample(model, images, "range", 1500, seed=1)
    assert drawn.shape == (1500, 1, 4, 6) and drawn.min() >= 0 and drawn.max() <= 1 and not drawn.requires_grad
    expected = model.decode(generation.draw_codes(codes, "range", 1500, seed=1))
    assert torch.allclose(drawn, expected.clamp(0, 1), atol=1e-5)


@pytest.mark.parametrize("spherical", [False, True])
def test_a_walk_begins_and_ends_where_it_should(spherical):
    start, end = torch.randn(2, 6, generator=GENERATOR)
    walk = generation.interpolate(start, end, 5, spherical)
    assert walk.shape == (5, 6)
    assert torch.allclose(walk[0], start, atol=1e-5) and torch.allclose(walk[-1], end, atol=1e-5)


def test_a_straight_walk_is_even_and_an_arc_keeps_its_distance_from_the_origin():
    start, end = torch.tensor([3.0, 0, 0]), torch.tensor([0, 3.0, 0])
    straight, arc = generation.interpolate(start, end, 7), generation.interpolate(start, end, 7, spherical=True)
    assert torch.allclose(straight[3], torch.tensor([1.5, 1.5, 0]))
    assert torch.allclose(arc.norm(dim=1), torch.full((7,), 3.0), atol=1e-5)
    steps = arc.diff(dim=0).norm(dim=1)
    assert torch.allclose(steps, steps[0].expand(6), atol=1e-5)
    assert torch.allclose(generation.interpolate(start, -start, 3, spherical=True)[1], torch.zeros(3))
    from_the_origin = generation.interpolate(torch.zeros(3), start, 3, spherical=True)
    assert torch.equal(from_the_origin, generation.interpolate(torch.zeros(3), start, 3))


@pytest.mark.parametrize(("shapes", "steps"), [(((3,), (4,)), 5), (((1, 3), (1, 3)), 5), (((3,), (3,)), 1)])
def test_a_walk_between_what_does_not_fit_is_refused(shapes, steps):
    with pytest.raises(ValueError, match="at least two steps"):
        generation.interpolate(torch.ones(shapes[0]), torch.ones(shapes[1]), steps)


def test_a_traverse_moves_one_unit():
    code = torch.tensor([1.0, 2.0, 3.0])
    assert generation.traverse(code, 1, [-1, 0.5]).tolist() == [[1, -1, 3], [1, 0.5, 3]]
    assert code.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match=r"\(code_size,\)"):
        generation.traverse(code[None], 1, [0])


def test_the_nearest_image_is_found_and_a_copy_is_at_distance_0():
    others = torch.randint(0, 256, (1500, 1, 5, 4), dtype=torch.uint8, generator=GENERATOR)
    images = data.as_float(others[[7, 1200]])
    images[1, 0, 0, 0] += 0.1
    rows, distances = generation.nearest(images, others)
    assert rows.tolist() == [7, 1200]
    assert distances[0] == 0 and distances[1].item() == pytest.approx(0.1 / 20**0.5, rel=1e-4)
    brute = (data.as_float(others[:50])[:, None] - data.as_float(others[50:])).square().mean((2, 3, 4)).sqrt()
    rows, distances = generation.nearest(others[:50], others[50:])
    assert torch.equal(rows, brute.argmin(1)) and torch.allclose(distances, brute.min(1).values, atol=1e-6)
    with pytest.raises(ValueError, match="images and others must be of one size"):
        generation.nearest(images, others[:, :, :4])
    with pytest.raises(ValueError, match="N ≥ 1"):
        generation.nearest(images, others[:0])


def test_a_mixture_draws_better_clothes_than_the_article():
    fashion, model, classifier = (
        data.load("fashion-mnist"),
        training.pretrained("dense-32"),
        training.pretrained("classifier"),
    )
    with torch.no_grad():
        real = classifier.features(data.as_float(fashion.test[:3000]))
        distances = [
            metrics.frechet_distance(classifier.features(generation.sample(model, fashion.train, method, 3000)), real)
            for method in ("uniform", "gaussian", "mixture")
        ]
    assert distances[0] > 3 * distances[1] and distances[1] > 2 * distances[2]


@pytest.mark.parametrize(("name", "share"), [("classifier", 0.91), ("second-classifier", 0.88)])
def test_the_classifiers_are_right_about_nine_test_images_of_ten(name, share):
    fashion = data.load("fashion-mnist")
    with torch.no_grad():
        told = training.pretrained(name)(data.as_float(fashion.test)).argmax(1)
    assert (told == fashion.test_labels).float().mean() >= share
    assert np.unique(told).size == 10


def test_codes_that_learnt_without_drawing_tell_classes_better_and_draw_worse():
    fashion = data.load("fashion-mnist")
    right, psnr = {}, {}
    for name in ("dense-32", "contrastive-64"):
        network = training.pretrained(name)
        codes, test_codes = (generation.encode_all(network, images) for images in (fashion.train, fashion.test))
        scale = codes.std()
        shares = []
        for seed in range(5):
            few = torch.randperm(len(codes), generator=torch.Generator().manual_seed(seed))[:100]
            told = LogisticRegression(max_iter=200).fit(codes[few] / scale, fashion.train_labels[few])
            shares.append(told.score(test_codes / scale, fashion.test_labels))
        right[name] = np.mean(shares)
        psnr[name] = metrics.psnr(fashion.test, generation.decode_all(network, test_codes))
    assert right["contrastive-64"] > right["dense-32"] + 0.03 > 0.65
    assert psnr["contrastive-64"] < psnr["dense-32"] - 2


@pytest.mark.parametrize("seed", range(30))
def test_an_exact_copy_beside_near_ones_is_found(seed):
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 1, 28, 28, generator=generator)
    near = (image + 1e-4 * torch.rand(5, 1, 28, 28, generator=generator)).clamp(0, 1)
    others = torch.cat([torch.rand(20, 1, 28, 28, generator=generator), near[:3], image, near[3:]])
    rows, distances = generation.nearest(image, others)
    assert (rows.item(), distances.item()) == (23, 0)


def test_too_few_images_for_a_mixture_are_told():
    model = training.pretrained("dense-32")
    with pytest.raises(ValueError, match=r"Of 30 codes a mixture can have 1 to 30.*Use the codes of more images"):
        generation.sample(model, FASHION.train[:30], "mixture", 5)


def test_nothing_depends_on_the_default_type_of_numbers():
    model, images = training.pretrained("dense-32"), FASHION.train[:100]
    plain = [generation.sample(model, images, method, 3) for method in generation.METHODS]
    torch.set_default_dtype(torch.float64)
    try:
        others = [generation.sample(model, images, method, 3) for method in generation.METHODS]
        assert generation.interpolate(torch.zeros(2), torch.ones(2)).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert all(torch.allclose(a, b, atol=1e-5) and b.dtype == torch.float32 for a, b in zip(plain, others, strict=True))


def test_codes_in_whole_numbers_are_walked_between_evenly():
    line = generation.interpolate(torch.tensor([0, 1]), torch.tensor([4, 5]), 5)
    assert torch.allclose(line[:, 0], torch.arange(5.0))


@pytest.mark.parametrize(
    "use",
    [
        lambda codes: generation.draw_codes(codes, "gaussian", 3),
        lambda codes: generation.fit_mixture(codes, 2),
        lambda codes: generation.decode_all(DenseAutoencoder(3, (4,), (1, 5, 4)), codes),
    ],
    ids=["draw_codes", "fit_mixture", "decode_all"],
)
def test_what_is_no_set_of_codes_is_told(use):
    for wrong in (CODES.numpy(), CODES.long(), None):
        with pytest.raises(TypeError, match=r"codes must be a float tensor \(N, code_size\)"):
            use(wrong)
    with pytest.raises(ValueError, match=r"\(N, code_size\)"):
        use(CODES[0])
    with pytest.raises(ValueError, match="must be finite"):
        use(CODES * float("nan"))


@pytest.mark.parametrize(
    ("decoded", "error"),
    [
        (lambda codes: codes, ValueError),
        (lambda codes: (codes,), TypeError),
        (lambda codes: codes[:1, :, None, None], ValueError),
    ],
    ids=["no images", "tuple", "too few"],
)
def test_a_decode_that_returns_no_images_is_told(decoded, error):
    model = DenseAutoencoder(3, (4,), (1, 5, 4))
    model.decode = decoded
    with pytest.raises(error, match="decode"):
        generation.decode_all(model, CODES)

"""Networks that turn an image into a code and back, one that tells classes apart, and those that mend images."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional as F

from aelib import checks

ACTIVATIONS = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
MAX_PCA_PIXELS = 4096
# Of the stacks in DenoisingNet: pixels along a patch, pixels from one stack to the next, patches in a stack, and pixels
# from a patch to the furthest that is looked at.
STACK_SIDE, STACK_STRIDE, STACK_SIZE, STACK_REACH = 6, 4, 32, 13


class DenseAutoencoder(nn.Module):
    """An autoencoder of fully connected layers.

    The encoder goes from the pixels through the ``hidden`` layers to the code, the decoder back through the same
    layers in reverse order. ``activation`` follows each hidden layer, ``code_activation`` the code and
    ``output_activation`` the last layer; each is one of ``"linear"`` (none), ``"relu"``, ``"silu"``, ``"tanh"``,
    ``"sigmoid"``. ``image_shape`` is (C, H, W). The ``seed`` fixes the random initial weights.

    Raises ``ValueError`` for sizes below one or an unknown activation.
    """

    def __init__(
        self,
        code_size: int = 32,
        hidden: tuple[int, ...] = (512,),
        image_shape: tuple[int, int, int] = (1, 28, 28),
        activation: str = "silu",
        code_activation: str = "linear",
        output_activation: str = "sigmoid",
        seed: int = 0,
    ) -> None:
        super().__init__()
        code_size, hidden = checks.whole(code_size, "code_size", 1), checks.sizes(hidden, "hidden")
        image_shape = _image_shape(image_shape)
        for name in (activation, code_activation, output_activation):
            if name not in ACTIVATIONS:
                raise ValueError(f"There is no activation {name!r}; choose from {', '.join(ACTIVATIONS)}.")
        # All that is needed to build this network again; save() writes it beside the weights.
        self.config = {
            "code_size": code_size,
            "hidden": list(hidden),
            "image_shape": list(image_shape),
            "activation": activation,
            "code_activation": code_activation,
            "output_activation": output_activation,
        }
        self.code_size = code_size
        self.image_shape = image_shape
        sizes = [math.prod(image_shape), *hidden, code_size]
        with _first_weights(seed):
            self.encoder = _dense_layers(sizes, activation, code_activation)
            self.decoder = _dense_layers(sizes[::-1], activation, output_activation)

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Turn float images (N, C, H, W) in [0, 1] into codes (N, code_size).

        Raises ``ValueError`` for images of another shape, ``TypeError`` for images that are not float.
        """
        _check(self, images, self.image_shape)
        return self.encoder(images.flatten(1))  # (N, C, H, W) => (N, C·H·W) => (N, code_size)

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Turn codes (N, code_size) into images (N, C, H, W).

        Raises ``ValueError`` for codes of another shape, ``TypeError`` for other numbers than the weights are.
        """
        if not isinstance(codes, torch.Tensor):
            raise TypeError(f"Codes must be a float tensor (N, {self.code_size}); these are {checks.kind(codes)}.")
        _check_type(self, codes, "Codes")
        if codes.ndim != 2 or codes.shape[1] != self.code_size:
            raise ValueError(
                f"This network takes codes of the shape (N, {self.code_size}); these have the shape "
                f"{tuple(codes.shape)}."
            )
        return self.decoder(codes).unflatten(1, self.image_shape)  # (N, code_size) => (N, C·H·W) => (N, C, H, W)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the reconstructions (N, C, H, W) of images of the same shape."""
        return self.decode(self.encode(images))

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return the reconstruction loss that training minimises: the mean squared error per pixel."""
        return F.mse_loss(self(images), images)


class RateAutoencoder(DenseAutoencoder):
    """A dense autoencoder that learns to make its code cheap to write down: for images in few bytes.

    After Ballé, Laparra & Simoncelli, ICLR 2017, arXiv:1611.01704. The codes are meant to be rounded to whole numbers.
    In training, uniform noise of ±½ takes the place of rounding, which has no gradient; what the noisy code costs in
    bits is told by a distribution that is learnt with it, a logistic one for each unit. ``bit_price`` is what a bit
    must save in squared error, summed over the pixels of an image, to be worth writing: the higher, the fewer bytes.

    ``code_size``, ``hidden``, ``image_shape`` and ``seed`` are those of ``DenseAutoencoder``. Raises as it does, and
    ``ValueError`` for a price below 0 or without end.
    """

    def __init__(
        self,
        code_size: int = 64,
        hidden: tuple[int, ...] = (512,),
        image_shape: tuple[int, int, int] = (1, 28, 28),
        bit_price: float = 0.04,
        seed: int = 0,
    ) -> None:
        super().__init__(code_size, hidden, image_shape, seed=seed)
        self.bit_price = checks.number(bit_price, "bit_price", 0)
        shared = {name: self.config[name] for name in ("code_size", "hidden", "image_shape")}
        self.config = {**shared, "bit_price": self.bit_price}
        with _first_weights(seed):
            self.code_mean = nn.Parameter(torch.zeros(self.code_size))
            self.code_log_scale = nn.Parameter(torch.zeros(self.code_size))

    def bits(self, codes: torch.Tensor) -> torch.Tensor:
        """Return what codes (N, code_size) cost by the learnt distribution, in bits per image, (N,).

        A value costs −log₂ of the probability of the interval of ±½ around it, and at most 30 bits; values that cost so
        much have no gradient.
        """
        scale = self.code_log_scale.exp()  # (code_size,)
        # The distribution is symmetric; on its lower side the sigmoid keeps all its digits.
        distance = -(codes - self.code_mean).abs()  # (N, code_size)
        probability = torch.sigmoid((distance + 0.5) / scale) - torch.sigmoid((distance - 0.5) / scale)
        return -probability.clamp(min=1e-9).log2().sum(1)

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return distortion + ``bit_price`` × rate, both means per pixel: of squared error and of bits."""
        codes = self.encode(images)
        noisy = codes + torch.rand_like(codes) - 0.5  # (N, code_size)
        distortion = F.mse_loss(self.decode(noisy), images)
        return distortion + self.bit_price * self.bits(noisy).mean() / images[0].numel()


class VariationalAutoencoder(DenseAutoencoder):
    """A dense autoencoder whose codes are made to look like draws from a standard normal distribution.

    After Kingma & Welling, ICLR 2014, arXiv:1312.6114. The encoder gives a normal distribution of codes for an image,
    with a mean and a variance for each unit; ``encode`` returns the means. ``beta`` weighs the divergence from the
    standard normal (Higgins et al., ICLR 2017); 1 is the plain variational autoencoder. Pixels are read as
    probabilities of white, whose cross-entropy is the reconstruction term.

    ``code_size``, ``hidden`` (one layer at least), ``image_shape``, ``activation`` and ``seed`` are those of
    ``DenseAutoencoder``. Raises as it does, and ``ValueError`` without a hidden layer or for a ``beta`` below 0.
    """

    def __init__(
        self,
        code_size: int = 16,
        hidden: tuple[int, ...] = (256, 256),
        image_shape: tuple[int, int, int] = (1, 28, 28),
        activation: str = "silu",
        beta: float = 1.0,
        seed: int = 0,
    ) -> None:
        super().__init__(code_size, hidden, image_shape, activation, seed=seed)
        if not self.config["hidden"]:
            raise ValueError("A variational autoencoder needs a hidden layer; hidden is empty.")
        self.beta = checks.number(beta, "beta", 0)
        shared = {name: self.config[name] for name in ("code_size", "hidden", "image_shape", "activation")}
        self.config = {**shared, "beta": self.beta}
        with _first_weights(seed):
            self.log_variance = nn.Linear(self.config["hidden"][-1], self.code_size)

    def posterior(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log-variance, (N, code_size) each, of the codes of images (N, C, H, W). Raises as encode."""
        _check(self, images, self.image_shape)
        hidden = self.encoder[:-2](images.flatten(1))  # (N, hidden[-1])
        return self.encoder[-2:](hidden), self.log_variance(hidden)

    def elbo_terms(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the two terms of −ELBO in nats: reconstruction (N,), sum per image, and divergence (N, code_size).

        The code is drawn once from torch's global generator. −ELBO of an image is the reconstruction term plus the sum
        of the divergences of its units.
        """
        mean, log_variance = self.posterior(images)
        codes = mean + (log_variance / 2).exp() * torch.randn_like(mean)  # (N, code_size)
        drawn = self.decode(codes)  # (N, C, H, W)
        # torch refuses NaN here, on a GPU by ending the process; training.fit is to find it in the loss, and to say so.
        cost = F.binary_cross_entropy(drawn.nan_to_num(0.5), images, reduction="none")
        reconstruction = cost.where(~drawn.isnan(), drawn).sum((1, 2, 3))
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance) / 2
        return reconstruction, divergence

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return reconstruction + ``beta`` × divergence: sums per image in nats, their mean over the images."""
        reconstruction, divergence = self.elbo_terms(images)
        return (reconstruction + self.beta * divergence.sum(1)).mean()


class Classifier(nn.Module):
    """A small convolutional network that tells classes of images apart, and whose features measure generated images.

    ``image_shape`` is (C, H, W), both sides multiples of 4. Raises ``ValueError`` for other sizes.
    """

    def __init__(
        self, classes: int = 10, feature_size: int = 64, image_shape: tuple[int, int, int] = (1, 28, 28), seed: int = 0
    ) -> None:
        super().__init__()
        classes, feature_size = checks.whole(classes, "classes", 1), checks.whole(feature_size, "feature_size", 1)
        image_shape = channels, height, width = _image_shape(image_shape)
        if height % 4 or width % 4:
            raise ValueError(f"The sides of the images must be multiples of 4; got image_shape={image_shape}.")
        self.config = {"classes": classes, "feature_size": feature_size, "image_shape": list(image_shape)}
        self.image_shape = image_shape
        with _first_weights(seed):
            self.body = nn.Sequential(
                nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 16, H/2, W/2)
                nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 32, H/4, W/4)
                nn.Flatten(), nn.Linear(32 * (height // 4) * (width // 4), feature_size), nn.ReLU(),
            )  # fmt: skip
            self.head = nn.Linear(feature_size, classes)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return the values (N, feature_size) before the last layer, of float images (N, C, H, W) in [0, 1].

        Raises ``ValueError`` for images of another shape, ``TypeError`` for images that are not float.
        """
        _check(self, images, self.image_shape)
        return self.body(images)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return a score (N, classes) for each class; the highest is that of the class told. Raises as features."""
        return self.head(self.features(images))


class RepairNet(nn.Module):
    """A convolutional network that mends damaged images of any size: a U-Net, with residual blocks.

    After Ronneberger, Fischer & Brox 2015, arXiv:1505.04597. The encoder halves the resolution from one of the
    ``widths`` (channels of features) to the next; the decoder doubles it again, and skip connections hand it the
    encoder's features of the same resolution, so that fine detail need not pass through the narrow end. The network
    says what must be added to the damaged image. ``blocks`` residual blocks work at each resolution of each half.
    Before all that, squares of ``patch`` × ``patch`` pixels become channels, which saves time on large images.
    ``channels`` is 1 for grey images and 3 for colour.

    Raises ``ValueError`` for sizes below one.
    """

    def __init__(
        self, channels: int = 1, widths: tuple[int, ...] = (32, 64, 128), blocks: int = 1, patch: int = 1, seed: int = 0
    ) -> None:
        super().__init__()
        channels, widths = checks.whole(channels, "channels", 1), checks.sizes(widths, "widths")
        blocks, patch = checks.whole(blocks, "blocks", 1), checks.whole(patch, "patch", 1)
        if not widths:
            raise ValueError("One width at least is needed; widths is empty.")
        self.config = {"channels": channels, "widths": list(widths), "blocks": blocks, "patch": patch}
        self.channels = channels
        self.patch = patch
        self.multiple = patch * 2 ** (len(widths) - 1)  # sides that can be halved so often
        narrow_to_wide = list(zip(widths[:-1], widths[1:], strict=True))

        def stage(width: int) -> nn.Sequential:
            return nn.Sequential(*[_Residual(width) for _ in range(blocks)])

        with _first_weights(seed):
            self.first = nn.Conv2d((channels + 1) * patch**2, widths[0], 3, padding=1)
            self.encoder = nn.ModuleList(stage(width) for width in widths)
            self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in narrow_to_wide)
            self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in narrow_to_wide)
            self.decoder = nn.ModuleList(stage(width) for width in widths)
            self.last = nn.Conv2d(widths[0], channels * patch**2, 3, padding=1)
            nn.init.zeros_(self.last.weight)  # the training starts from the damaged image as it is

    def forward(self, damaged: torch.Tensor, lost: torch.Tensor | None = None) -> torch.Tensor:
        """Return the repaired images of damaged float images (N, C, H, W) in [0, 1]; not clamped.

        ``lost`` (N, 1, H, W), bool, says which pixels hold nothing; without it, none is known to. Raises ``ValueError``
        for other shapes, ``TypeError`` for images that are not float.
        """
        _check(self, damaged, (self.channels, *damaged.shape[2:]))
        height, width = damaged.shape[-2:]
        if lost is None:
            lost = torch.zeros_like(damaged[:, :1], dtype=torch.bool)
        checks.mask(lost, damaged)
        padding = (0, -width % self.multiple, 0, -height % self.multiple)
        x = F.pad(torch.cat([damaged, lost.to(damaged.dtype)], 1), padding, mode="replicate")  # (N, C + 1, H', W')
        x = self.first(F.pixel_unshuffle(x, self.patch))  # (N, widths[0], H'/patch, W'/patch)
        skipped = []
        for stage, down in zip(self.encoder, [*self.down, None], strict=True):
            x = stage(x)
            if down:
                skipped.append(x)
                x = down(x)  # half the height and width, the next of the widths
        for stage, up in zip(self.decoder[::-1], [None, *self.up[::-1]], strict=True):
            if up:
                x = up(x) + skipped.pop()
            x = stage(x)
        change = F.pixel_shuffle(self.last(x), self.patch)[..., :height, :width]  # (N, C, H, W)
        return damaged + change


class _Residual(nn.Module):
    """Two convolutions that say what to add to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1)
        )
        # At first nothing is added, so that however many blocks can follow each other without the features growing.
        nn.init.zeros_(self.change[2].weight)
        nn.init.zeros_(self.change[2].bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape, (N, width, H, W)."""
        return x + self.change(x)


class FillingNet(nn.Module):
    """Fills the lost pixels of images of one size: dense layers guess them, a ``RepairNet`` refines the guess.

    The dense layers see the whole image at once, and so what lies on the other side of a hole; the convolutions then
    mend the detail. ``hidden`` are the widths of the dense layers, ``widths`` those of the ``RepairNet``. ``dense`` and
    ``refine`` are the two parts. Raises ``ValueError`` for sizes below one.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (1024, 1024),
        widths: tuple[int, ...] = (24, 48, 96),
        image_shape: tuple[int, int, int] = (1, 28, 28),
        seed: int = 0,
    ) -> None:
        super().__init__()
        hidden, widths = checks.sizes(hidden, "hidden"), checks.sizes(widths, "widths")
        image_shape = _image_shape(image_shape)
        self.config = {"hidden": list(hidden), "widths": list(widths), "image_shape": list(image_shape)}
        self.dense = _DenseFilling(hidden, image_shape, seed)
        self.refine = RepairNet(image_shape[0], widths, seed=seed)

    def forward(self, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return images (N, C, H, W), not clamped, of damaged ones, float in [0, 1]; ``lost`` (N, 1, H, W), bool.

        Raises ``ValueError`` for other shapes, ``TypeError`` for images that are not float.
        """
        guessed = self.dense(damaged, lost)  # which refuses what does not fit
        return self.refine(torch.where(lost, guessed, damaged), lost)


class _DenseFilling(nn.Module):
    """Dense layers from an image and the mask of its lost pixels to the image."""

    def __init__(self, hidden: tuple[int, ...], image_shape: tuple[int, int, int], seed: int) -> None:
        super().__init__()
        self.image_shape = image_shape
        pixels = image_shape[1] * image_shape[2]
        values = image_shape[0] * pixels
        with _first_weights(seed):
            self.layers = _dense_layers([values + pixels, *hidden, values], "silu", "linear")

    def forward(self, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return images (N, C, H, W). Raises as ``FillingNet`` does."""
        _check(self, damaged, self.image_shape)
        checks.mask(lost, damaged)
        both = torch.cat([damaged, lost.to(damaged.dtype)], 1).flatten(1)  # (N, (C + 1)·H·W)
        return self.layers(both).unflatten(1, self.image_shape)


class DenoisingNet(nn.Module):
    """Takes noise from colour images of any size: a classical method guesses, a ``RepairNet`` refines the guesses.

    A guess is for noise of one standard deviation, and comes in two steps. The first cuts overlapping patches of 8 × 8
    pixels, sets to zero all those of their cosine coefficients that the noise could make, and averages the patches
    where they overlap (Yu & Sapiro 2011, doi:10.5201/ipol.2011.ys-dct). The second knows from the first what energy
    each coefficient has without noise, and multiplies those of larger patches, 16 × 16 of the noisy image, by
    energy / (energy + deviation²), a Wiener filter. There is one guess for each of the ``deviations``; the network
    starts from the first, and this one gets a third step: patches that look alike in the second are stacked, and the
    coefficients of the stacks filtered in the same way (the second step of BM3D: Dabov, Foi, Katkovnik & Egiazarian
    2007, doi:10.1109/TIP.2007.901238). ``widths``, ``blocks``, ``patch`` and ``seed`` are those of ``RepairNet``.
    """

    TIMES = 2.4  # how many standard deviations a coefficient must have to be kept

    def __init__(
        self,
        deviations: tuple[float, ...] = (0.1, 0.05),
        widths: tuple[int, ...] = (48, 96),
        blocks: int = 2,
        patch: int = 2,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.deviations = tuple(checks.number(each, "each of deviations", 0) for each in deviations)
        self.refine = RepairNet(3 * (len(self.deviations) + 1), widths, blocks, patch, seed)
        self.config = {
            "deviations": list(self.deviations),
            **{name: self.refine.config[name] for name in ("widths", "blocks", "patch")},
        }

    def forward(self, damaged: torch.Tensor, lost: None = None) -> torch.Tensor:
        """Return images (N, 3, H, W) without noise, not clamped, of noisy ones, float in [0, 1].

        No pixels are lost to noise: ``lost`` is there for ``repair.OnDamage`` and photos. Raises ``ValueError`` for
        other shapes, ``TypeError`` for images that are not float.
        """
        _check(self, damaged, (3, *damaged.shape[2:]))
        return self.refine(torch.cat([*self.guesses(damaged), damaged], 1))[:, :3]

    def guesses(self, damaged: torch.Tensor) -> list[torch.Tensor]:
        """Return images (N, 3, H, W), one for each of the deviations, by the classical method alone."""
        colours = _cosines(3).to(damaged)  # brightness, and two differences of colour
        # Brightness and colours become images of their own: (N · 3, 1, H, W)
        planes = torch.einsum("ab,nbhw->nahw", colours, damaged).flatten(0, 1)[:, None]
        guesses = []
        for deviation in self.deviations:
            mended = torch.cat([self._mended(part, deviation) for part in planes.chunk(3)])  # in parts, to save memory
            if not guesses:
                images = zip(planes.split(3), mended.split(3), strict=True)
                mended = torch.cat([_filtered_in_stacks(*image, deviation) for image in images])
            guesses.append(torch.einsum("ab,nahw->nbhw", colours, mended.unflatten(0, (len(damaged), 3))[:, :, 0]))
        return guesses

    def _mended(self, planes: torch.Tensor, deviation: float) -> torch.Tensor:
        """Return planes (M, 1, H, W) with less noise of the deviation."""
        small, large = _Patches(8, 2, planes), _Patches(16, 4, planes)
        kept = F.hardshrink(small.coefficients, self.TIMES * deviation)
        kept[:, 0] = small.coefficients[:, 0]  # a patch's mean stays
        # Patches that need few coefficients are to be trusted.
        first = small.averaged(kept, 1 / (kept != 0).sum(1, keepdim=True).clamp(min=1).to(kept))
        energy = _Patches(16, 4, first).coefficients.square()
        share = energy / (energy + deviation**2)
        share[:, 0] = 1  # here too; and so the shares of a black patch have a sum
        return large.averaged(share * large.coefficients, 1 / share.square().sum(1, keepdim=True))


class _Patches:
    """The overlapping patches of images (N, 1, H, W), side × side pixels each, one every ``stride`` pixels.

    ``coefficients`` (N, side², rows, columns) say how much of each cosine wave a patch has. Waves along the columns and
    along the rows are taken one after the other, which saves most of the time.
    """

    def __init__(self, side: int, stride: int, images: torch.Tensor) -> None:
        self.side, self.stride, self.margin = side, stride, side - stride
        self.height, self.width = images.shape[2:]
        self.waves = _cosines(side).to(images)[:, None, :, None]  # (side, 1, side, 1)
        right, below = (self.margin + -length % stride for length in (self.width, self.height))
        padded = F.pad(images, (self.margin, right, self.margin, below), mode="replicate")
        along_columns = F.conv2d(padded, self.waves, stride=(stride, 1))  # (N, side, rows, W')
        along_rows = F.conv2d(along_columns.flatten(0, 1)[:, None], self.waves.transpose(2, 3), stride=(1, stride))
        self.coefficients = along_rows.unflatten(0, (len(images), side)).flatten(1, 2)

    def averaged(self, coefficients: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Return the images (N, 1, H, W) that changed coefficients make, by patches of ``weight`` (N, 1, rows, …)."""
        waves, stride = self.waves, self.stride
        along_rows = (coefficients * weight).unflatten(1, (self.side, self.side)).flatten(0, 1)
        along_columns = F.conv_transpose2d(along_rows, waves.transpose(2, 3), stride=(1, stride))  # (N · side, 1, …)
        sums = F.conv_transpose2d(along_columns[:, 0].unflatten(0, (-1, self.side)), waves, stride=(stride, 1))
        weights = F.conv_transpose2d(weight, weight.new_ones(1, 1, self.side, self.side), stride=stride)
        height, width, margin = self.height, self.width, self.margin
        return (sums / weights)[..., margin : margin + height, margin : margin + width]


def _filtered_in_stacks(noisy: torch.Tensor, guess: torch.Tensor, deviation: float) -> torch.Tensor:
    """Return the three planes (3, 1, H, W) of a noisy image with less noise: patches that look alike mend each other.

    Brightness, the first plane of the guess, says which patches look alike; the guess of each plane says what energy
    the coefficients of a stack of them have without noise.
    """
    side, stride = STACK_SIDE, STACK_STRIDE
    right, below = (max(side - length, (side - length) % stride) for length in noisy.shape[:1:-1])
    padded_noisy, padded_guess = (F.pad(planes, (0, right, 0, below), mode="replicate") for planes in (noisy, guess))
    height, width = padded_noisy.shape[2:]
    pixels = torch.arange(side, device=noisy.device)
    offsets = (pixels[:, None] * width + pixels).flatten()
    through, across = _cosines(STACK_SIZE).to(noisy), torch.kron(_cosines(side), _cosines(side)).to(noisy)
    noisy_values, guessed_values = padded_noisy.flatten(1), padded_guess.flatten(1)  # (3, H'·W')
    sums, weights = torch.zeros_like(noisy_values), torch.zeros_like(noisy_values)
    for corners in _alike(padded_guess[:1]).split(512):  # in parts, to save memory
        chosen = corners[:, :, None] + offsets  # (stacks, STACK_SIZE, side²)
        energy = (through @ guessed_values[:, chosen] @ across.T).square()  # (3, stacks, STACK_SIZE, side²)
        share = energy / (energy + deviation**2)
        share[..., 0, 0] = 1
        weight = (1 / share.square().sum((2, 3), keepdim=True)).expand_as(share)
        filtered = through.T @ (share * (through @ noisy_values[:, chosen] @ across.T)) @ across
        sums.index_add_(1, chosen.flatten(), (weight * filtered).flatten(1))
        weights.index_add_(1, chosen.flatten(), weight.flatten(1))
    return (sums / weights).view(3, 1, height, width)[..., : noisy.shape[2], : noisy.shape[3]]


def _alike(brightness: torch.Tensor) -> torch.Tensor:
    """Return for one patch every ``STACK_STRIDE`` pixels the patches that look most like it, itself among them.

    They are given by the places of their upper left corners, counted pixel by pixel in the image (1, 1, H, W):
    (stacks, STACK_SIZE).
    """
    side, stride, reach = STACK_SIDE, STACK_STRIDE, STACK_REACH
    height, width = brightness.shape[2:]
    around = F.pad(brightness, (reach,) * 4, value=torch.inf)  # (1, 1, H + 2·reach, W + 2·reach)
    shifts = range(2 * reach + 1)
    shifted = (around[..., down : down + height, left : left + width] for down in shifts for left in shifts)
    difference = torch.cat([F.avg_pool2d((each - brightness).square(), side, stride) for each in shifted])[:, 0]
    difference[len(difference) // 2] = -1  # a patch is in its own stack, even where all look the same
    nearest = difference.topk(STACK_SIZE, dim=0, largest=False).indices  # (STACK_SIZE, rows, columns)
    rows, columns = (torch.arange(0, length - side + 1, stride).to(nearest) for length in (height, width))
    tops = (rows[:, None] + nearest // len(shifts) - reach).clamp(0, height - side)  # a small image has few patches,
    lefts = (columns + nearest % len(shifts) - reach).clamp(0, width - side)  # so that some come twice
    return (tops * width + lefts).flatten(1).T


class _Refining(nn.Module):
    """A network for colour images whose ``RepairNet``, ``refine``, betters what a guess makes of them."""

    def __init__(self, widths: tuple[int, ...] = (48, 96), blocks: int = 2, patch: int = 2, seed: int = 0) -> None:
        super().__init__()
        self.refine = RepairNet(3, widths, blocks, patch, seed)
        self.config = {name: self.refine.config[name] for name in ("widths", "blocks", "patch")}


class ScratchNet(_Refining):
    """Fills lost pixels of colour images of any size: averages of the pixels around guess, a ``RepairNet`` refines.

    The guess takes each lost pixel from a smaller copy of the image, of which each pixel is the mean of four, or of
    those of the four that are known; and so on, to ever smaller copies (Gortler, Grzeszczuk, Szeliski & Cohen 1996,
    doi:10.1145/237170.237200). ``widths``, ``blocks``, ``patch`` and ``seed`` are those of ``RepairNet``.
    """

    def forward(self, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return images (N, 3, H, W), not clamped, of damaged ones, float in [0, 1]; ``lost`` (N, 1, H, W), bool.

        Raises ``ValueError`` for other shapes, ``TypeError`` for images that are not float.
        """
        return self.refine(self.guess(damaged, lost), lost)

    def guess(self, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return images (N, 3, H, W) with the lost pixels filled by averages alone. Raises as ``forward`` does."""
        _check(self, damaged, (3, *damaged.shape[2:]))
        checks.mask(lost, damaged)
        known = (~lost).to(damaged.dtype)
        return _filled_from_smaller(damaged * known, known)


def _filled_from_smaller(sums: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Return sums / weight (N, C, H, W), and where ``weight`` (N, 1, H, W), from 0 to 1, is small, a smaller copy."""
    height, width = sums.shape[2:]
    means = sums / weight.clamp(min=1e-6)
    if height == width == 1:
        return means
    smaller = [F.avg_pool2d(each, 2, ceil_mode=True) for each in (sums, weight)]  # (N, …, H / 2, W / 2)
    smaller = _filled_from_smaller(smaller[0], smaller[1])
    enlarged = F.interpolate(smaller, scale_factor=2, mode="bilinear", align_corners=False)[..., :height, :width]
    trust = (4 * weight).clamp(max=1)  # one known pixel of the four is enough
    return trust * means + (1 - trust) * enlarged


class DoublingNet(_Refining):
    """Undoes low resolution in colour images of any size: a bicubic enlargement guesses, a ``RepairNet`` refines it.

    The images have the size that is wanted, and squares of 2 × 2 equal pixels, as the damage ``"low resolution"`` makes
    them. ``widths``, ``blocks``, ``patch`` and ``seed`` are those of ``RepairNet``.
    """

    def forward(self, damaged: torch.Tensor, lost: None = None) -> torch.Tensor:
        """Return sharper images (N, 3, H, W), not clamped, of float ones in [0, 1]; no pixels are lost.

        Raises ``ValueError`` for other shapes, ``TypeError`` for images that are not float.
        """
        _check(self, damaged, (3, *damaged.shape[2:]))
        small = damaged[..., ::2, ::2]  # (N, 3, H / 2, W / 2)
        bicubic = F.interpolate(small, scale_factor=2, mode="bicubic", align_corners=False)
        return self.refine(bicubic[..., : damaged.shape[2], : damaged.shape[3]])


def _cosines(size: int) -> torch.Tensor:
    """Return the waves of the discrete cosine transform as the rows of an orthogonal matrix (size, size)."""
    frequency, place = torch.arange(size)[:, None], torch.arange(size)
    waves = torch.cos(math.pi * frequency * (2 * place + 1) / (2 * size))
    return F.normalize(waves, dim=1)


def pca(images: torch.Tensor, code_size: int) -> DenseAutoencoder:
    """Return the best linear autoencoder of images: principal component analysis, as a network without hidden layers.

    ``images`` are float, (N, C, H, W); the code units are the coordinates along the directions of greatest variance,
    the greatest first (Baldi & Hornik 1989, doi:10.1016/0893-6080(89)90014-2). Raises ``TypeError`` for images that are
    not float, ``ValueError`` for more units than pixels, for more than 4,096 pixel values, whose covariances would fill
    the memory, for NaN, or without two images.
    """
    checks.batch(images)
    checks.originals(images)
    _check_float(images)
    code_size = checks.whole(code_size, "code_size")
    rows = images.flatten(1).double()  # (N, C·H·W)
    if len(rows) < 2 or not 1 <= code_size <= rows.shape[1]:
        raise ValueError(
            f"PCA needs two images or more, and a code_size from 1 to the number of pixels; got {len(rows)} images of "
            f"{rows.shape[1]} pixels and code_size={code_size}."
        )
    if rows.shape[1] > MAX_PCA_PIXELS:
        raise ValueError(f"PCA needs images of at most {MAX_PCA_PIXELS:,} pixel values; these have {rows.shape[1]:,}.")
    mean = rows.mean(0)
    components = (
        torch.linalg.eigh(torch.cov(rows.T).reshape(len(mean), len(mean))).eigenvectors.flip(1)[:, :code_size].T
    )  # (code_size, C·H·W)
    network = DenseAutoencoder(code_size, (), tuple(images.shape[1:]), output_activation="linear")
    with torch.no_grad():
        network.encoder[0].weight.copy_(components)
        network.encoder[0].bias.copy_(-components @ mean)
        network.decoder[0].weight.copy_(components.T)
        network.decoder[0].bias.copy_(mean)
    return network


def _check(network: nn.Module, images: torch.Tensor, image_shape: tuple[int, ...]) -> None:
    """Refuse images that a network cannot take."""
    checks.pixels(images)
    if images.shape[1:] != image_shape:
        raise ValueError(
            f"This network takes images of the shape (N, {', '.join(map(str, image_shape))}); "
            f"these have the shape {tuple(images.shape)}."
        )
    _check_float(images)
    _check_type(network, images, "Images")


def _check_type(network: nn.Module, values: torch.Tensor, name: str) -> None:
    """Refuse other numbers than those that the network computes in."""
    weights = next(network.parameters()).dtype
    if values.dtype != weights and not torch.is_autocast_enabled(values.device.type):
        raise TypeError(f"{name} must be {weights}, as this network's weights are; these are {values.dtype}.")


def _check_float(images: torch.Tensor) -> None:
    if not images.is_floating_point():
        raise TypeError(f"Images must be float in [0, 1]; these are {images.dtype}. Use data.as_float(images).")


def _image_shape(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return (C, H, W) as Python's own numbers. Raises ``ValueError`` for another number of sizes."""
    image_shape = checks.sizes(image_shape, "image_shape")
    if len(image_shape) != 3:
        raise ValueError(f"image_shape must be (C, H, W); got {image_shape}.")
    return image_shape


@contextmanager
def _first_weights(seed: int) -> Iterator[None]:
    """Let a network draw its first weights by the seed, in float32, and disturb nobody else's random numbers."""
    seed, usual_type = checks.seed(seed), torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(usual_type)


def _dense_layers(sizes: list[int], activation: str, last_activation: str) -> nn.Sequential:
    layers = []
    for i, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        is_last = i == len(sizes) - 2
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[last_activation if is_last else activation]()]
    return nn.Sequential(*layers)

"""Networks for photographs of any size: each improves a guess made without training."""

import torch
from torch.nn import functional as F

from aelib import checks
from aelib.models.block_matching import Patches, cosines, filtered_in_stacks
from aelib.models.network import Network, check_images
from aelib.models.unet import RepairNet


class DenoisingNet(Network):
    """Removes noise from colour images of any size: a classical method guesses, a ``RepairNet`` refines the guesses.

    A guess is for noise of one standard deviation, and takes two steps. The first cuts out overlapping patches of 8 × 8
    pixels, sets to zero every cosine coefficient small enough to be noise, and averages the patches where they overlap
    (Yu & Sapiro 2011, doi:10.5201/ipol.2011.ys-dct). The second learns from the first how much energy each coefficient
    has without noise, and multiplies those of larger patches, 16 × 16 of the noisy image, by
    energy / (energy + deviation²), a Wiener filter. There is one guess for each of the ``deviations``; the network
    starts from the first, and that one gets a third step: patches that look alike after the second are stacked, and the
    coefficients of the stacks filtered in the same way (the second step of BM3D: Dabov, Foi, Katkovnik & Egiazarian
    2007, doi:10.1109/TIP.2007.901238). ``widths``, ``blocks``, ``patch`` and ``seed`` are those of ``RepairNet``.
    """

    THRESHOLD = 2.4  # standard deviations that a coefficient must have to be kept

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
        self.widths, self.blocks, self.patch = self.refine.widths, self.refine.blocks, self.refine.patch

    def forward(self, damaged: torch.Tensor, lost: None = None) -> torch.Tensor:
        """Return images (N, 3, H, W) without noise, not clamped, from noisy ones, float in [0, 1].

        No pixels are lost to noise: ``lost`` is only there for ``repair.OnDamage`` and photos. Raises ``ValueError``
        for other shapes, ``TypeError`` for images that are not float.
        """
        check_images(self, damaged, (3, *damaged.shape[2:]))
        return self.refine(torch.cat([*self.guesses(damaged), damaged], 1))[:, :3]

    def guesses(self, damaged: torch.Tensor) -> list[torch.Tensor]:
        """Return images (N, 3, H, W) by the classical method alone, one set for each deviation."""
        colours = cosines(3).to(damaged)  # brightness, and two colour differences
        # Brightness and colours become images of their own: (N · 3, 1, H, W)
        planes = torch.einsum("ab,nbhw->nahw", colours, damaged).flatten(0, 1)[:, None]
        guesses = []
        for deviation in self.deviations:
            mended = torch.cat([self._mended(part, deviation) for part in planes.chunk(3)])  # in parts, to save memory
            if not guesses:
                images = zip(planes.split(3), mended.split(3), strict=True)
                mended = torch.cat([filtered_in_stacks(*image, deviation) for image in images])
            guesses.append(torch.einsum("ab,nahw->nbhw", colours, mended.unflatten(0, (len(damaged), 3))[:, :, 0]))
        return guesses

    def _mended(self, planes: torch.Tensor, deviation: float) -> torch.Tensor:
        """Return planes (M, 1, H, W) with less noise, for noise of this deviation."""
        small, large = Patches(8, 2, planes), Patches(16, 4, planes)
        kept = F.hardshrink(small.coefficients, self.THRESHOLD * deviation)
        kept[:, 0] = small.coefficients[:, 0]  # a patch's mean stays
        # Trust patches that need few coefficients.
        first = small.averaged(kept, 1 / (kept != 0).sum(1, keepdim=True).clamp(min=1).to(kept))
        energy = Patches(16, 4, first).coefficients.square()
        share = energy / (energy + deviation**2)
        share[:, 0] = 1  # here too; and this keeps the sum above 0 for a black patch
        return large.averaged(share * large.coefficients, 1 / share.square().sum(1, keepdim=True))


class _Refining(Network):
    """A network for colour images whose ``RepairNet``, ``refine``, improves a guess."""

    def __init__(self, widths: tuple[int, ...] = (48, 96), blocks: int = 2, patch: int = 2, seed: int = 0) -> None:
        super().__init__()
        self.refine = RepairNet(3, widths, blocks, patch, seed)
        self.widths, self.blocks, self.patch = self.refine.widths, self.refine.blocks, self.refine.patch


class ScratchNet(_Refining):
    """Fills lost pixels in colour images of any size: averages of nearby pixels guess, a ``RepairNet`` refines.

    The guess takes each lost pixel from a smaller copy of the image, in which each pixel is the mean of the known ones
    among four; that copy is filled from a smaller one, and so on (Gortler, Grzeszczuk, Szeliski & Cohen 1996,
    doi:10.1145/237170.237200). ``widths``, ``blocks``, ``patch`` and ``seed`` are those of ``RepairNet``.
    """

    def forward(self, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return images (N, 3, H, W), not clamped, from damaged ones, float in [0, 1]; ``lost`` (N, 1, H, W), bool.

        Raises ``ValueError`` for other shapes, ``TypeError`` for images that are not float.
        """
        return self.refine(self.guess(damaged, lost), lost)

    def guess(self, damaged: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
        """Return images (N, 3, H, W) with lost pixels filled by averages alone. Raises as ``forward`` does."""
        check_images(self, damaged, (3, *damaged.shape[2:]))
        checks.mask(lost, damaged)
        known = (~lost).to(damaged.dtype)
        return _filled_from_smaller(damaged * known, known)


def _filled_from_smaller(sums: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Return sums / weight (N, C, H, W), or a smaller copy where ``weight`` (N, 1, H, W), from 0 to 1, is small."""
    height, width = sums.shape[2:]
    means = sums / weight.clamp(min=1e-6)
    if height == width == 1:
        return means
    smaller = [F.avg_pool2d(each, 2, ceil_mode=True) for each in (sums, weight)]  # (N, …, H / 2, W / 2)
    smaller = _filled_from_smaller(smaller[0], smaller[1])
    enlarged = F.interpolate(smaller, scale_factor=2, mode="bilinear", align_corners=False)[..., :height, :width]
    trust = (4 * weight).clamp(max=1)  # one known pixel in four is enough
    return trust * means + (1 - trust) * enlarged


class DoublingNet(_Refining):
    """Undoes low resolution in colour images of any size: a bicubic enlargement guesses, a ``RepairNet`` refines it.

    The images already have the target size, in squares of 2 × 2 equal pixels, as after the damage ``"low resolution"``.
    ``widths``, ``blocks``, ``patch`` and ``seed`` are those of ``RepairNet``.
    """

    def forward(self, damaged: torch.Tensor, lost: None = None) -> torch.Tensor:
        """Return sharper images (N, 3, H, W), not clamped, from float ones in [0, 1]; ``lost`` is ignored.

        Raises ``ValueError`` for other shapes, ``TypeError`` for images that are not float.
        """
        check_images(self, damaged, (3, *damaged.shape[2:]))
        small = damaged[..., ::2, ::2]  # (N, 3, H / 2, W / 2)
        bicubic = F.interpolate(small, scale_factor=2, mode="bicubic", align_corners=False)
        return self.refine(bicubic[..., : damaged.shape[2], : damaged.shape[3]])

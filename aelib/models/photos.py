"""Networks for photographs of any size: each betters what a guess without training makes of them."""

import torch
from torch.nn import functional as F

from aelib import checks
from aelib.models.block_matching import Patches, cosines, filtered_in_stacks
from aelib.models.network import Network, check_images
from aelib.models.unet import RepairNet


class DenoisingNet(Network):
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

    THRESHOLD = 2.4  # how many standard deviations a coefficient must have to be kept

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
        """Return images (N, 3, H, W) without noise, not clamped, of noisy ones, float in [0, 1].

        No pixels are lost to noise: ``lost`` is there for ``repair.OnDamage`` and photos. Raises ``ValueError`` for
        other shapes, ``TypeError`` for images that are not float.
        """
        check_images(self, damaged, (3, *damaged.shape[2:]))
        return self.refine(torch.cat([*self.guesses(damaged), damaged], 1))[:, :3]

    def guesses(self, damaged: torch.Tensor) -> list[torch.Tensor]:
        """Return images (N, 3, H, W), one for each of the deviations, by the classical method alone."""
        colours = cosines(3).to(damaged)  # brightness, and two differences of colour
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
        """Return planes (M, 1, H, W) with less noise of the deviation."""
        small, large = Patches(8, 2, planes), Patches(16, 4, planes)
        kept = F.hardshrink(small.coefficients, self.THRESHOLD * deviation)
        kept[:, 0] = small.coefficients[:, 0]  # a patch's mean stays
        # Patches that need few coefficients are to be trusted.
        first = small.averaged(kept, 1 / (kept != 0).sum(1, keepdim=True).clamp(min=1).to(kept))
        energy = Patches(16, 4, first).coefficients.square()
        share = energy / (energy + deviation**2)
        share[:, 0] = 1  # here too; and so the shares of a black patch have a sum
        return large.averaged(share * large.coefficients, 1 / share.square().sum(1, keepdim=True))


class _Refining(Network):
    """A network for colour images whose ``RepairNet``, ``refine``, betters what a guess makes of them."""

    def __init__(self, widths: tuple[int, ...] = (48, 96), blocks: int = 2, patch: int = 2, seed: int = 0) -> None:
        super().__init__()
        self.refine = RepairNet(3, widths, blocks, patch, seed)
        self.widths, self.blocks, self.patch = self.refine.widths, self.refine.blocks, self.refine.patch


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
        check_images(self, damaged, (3, *damaged.shape[2:]))
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
        check_images(self, damaged, (3, *damaged.shape[2:]))
        small = damaged[..., ::2, ::2]  # (N, 3, H / 2, W / 2)
        bicubic = F.interpolate(small, scale_factor=2, mode="bicubic", align_corners=False)
        return self.refine(bicubic[..., : damaged.shape[2], : damaged.shape[3]])

"""What tools/bench.py measures about repair: damage to Fashion-MNIST, and noise in photographs."""

import sys
import time

REPAIRED = 300  # test images
PHOTO_NOISE = 25 / 255


def repair_figures(network: str, kind: str, strength: float) -> dict[str, dict[str, float]]:
    """Return, for each way to mend the first test images, PSNR in dB, SSIM of the whole, and seconds per image.

    If lost pixels are known, the PSNR is over those, with another rival: the nearest training image by known pixels.
    """

    import torch

    from aelib import classical, data, generation, metrics, repair, training

    fashion = data.load("fashion-mnist")
    images = data.as_float(fashion.test[:REPAIRED])
    damaged, lost = repair.damage(images, kind, strength)
    plain = training.pretrained("dense-32")
    codes = generation.encode_all(plain, fashion.train)
    model = training.pretrained(network)

    def by_network(damaged, lost):
        with torch.no_grad():
            repaired = model(damaged, lost).clamp(0, 1)
        return repaired if lost is None else repair.keep_known(damaged, repaired, lost)

    def by_search(damaged, lost):
        return repair.search_code(plain, codes, damaged, lost)

    def by_nearest(damaged, lost):
        known = (~lost).float()
        train = data.as_float(fashion.train).flatten(1)
        # |a − b|² over the known pixels only, up to a term that does not depend on b
        distance = known.flatten(1) @ train.square().T - 2 * (known * damaged).flatten(1) @ train.T  # (N, M)
        return repair.keep_known(damaged, train[distance.argmin(1)].reshape(damaged.shape), lost)

    ways = {
        "ours": by_network,
        "search of the code": by_search,
        **classical.baselines(kind, fashion.train[:60], strength),
        "projected": lambda damaged, lost: repair.project(plain, damaged),
    }
    if lost is not None:
        ways["nearest training image"] = by_nearest
    figures = {}
    for name, way in ways.items():
        started = time.perf_counter()
        repaired = way(damaged, lost)
        seconds = (time.perf_counter() - started) / len(images)
        psnr = metrics.psnr(images, repaired, lost)
        figures[name] = {"psnr": psnr, "ssim": metrics.ssim(images, repaired), "seconds": seconds}
    return figures


def photo_figures() -> dict[str, dict[str, list[float]]]:
    """Return PSNR in dB and seconds for each held-out photograph with noise, by network and, if installed, BM3D.

    BM3D (Dabov et al. 2007, doi:10.1109/TIP.2007.901238) is not a dependency: its licence forbids commercial use.

    photo-noise refines a different guess from the one it learnt on: in training, the guess had stacks of 16 patches,
    one stack every 3 pixels, from up to 10 pixels away; today it has 32, every 4, from up to 13. On lesson 6's four
    photographs the network adds 0.10 dB on average to today's guess, and 0.09 dB to the old one.
    """
    import torch

    import photographs
    from aelib import data, metrics, photos, repair, training

    model = training.pretrained("photo-noise")
    ways = {
        "ours": lambda noisy: photos.repair_photo(model, noisy, on_progress=lambda share: None),
        "its classical part": lambda noisy: data.as_bytes(model.guesses(data.as_float(noisy))[0]),
    }
    try:
        import bm3d

        profile = bm3d.BM3DProfile()
        profile.num_threads = torch.get_num_threads()  # by default it takes all cores

        def by_bm3d(noisy):
            mended = bm3d.bm3d_rgb(data.as_float(noisy)[0].permute(1, 2, 0).double().numpy(), PHOTO_NOISE, profile)
            return data.as_bytes(torch.from_numpy(mended)).permute(2, 0, 1)[None]

        ways["BM3D"] = by_bm3d
    except ImportError:
        print("pip install bm3d for the rival of the photographs", file=sys.stderr)
    figures = {}
    for name, photo in photographs.measured().items():
        noisy = data.as_bytes(repair.damage(photo, "noise", PHOTO_NOISE)[0])
        figures[name] = {}
        for way, method in ways.items():
            started = time.perf_counter()
            with torch.no_grad():
                mended = method(noisy)
            figures[name][way] = [metrics.psnr(photo, mended), time.perf_counter() - started]
    return figures

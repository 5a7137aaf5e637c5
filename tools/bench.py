"""Measure the project's figures, each next to its rival and the bar that it must meet.

    python tools/bench.py                          all of them, well over an hour
    python tools/bench.py --only start,lessons     parts (they stand below, in main)
    python tools/bench.py --only quality --seeds 1

A bar is met when our figure reaches it and the rival's is no better, but for what the bar itself allows. The exit
status is 1 if one is missed.

Times need an idle machine. For throughput and start, ours and the rival take turns, five times, each time in a fresh
process, and the median counts. Quality, generation, colour, translation, judges and fields train once a seed, and the
median counts, or the mean or the worst where the row says so. All else is measured once.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial

import measurements
from verdicts import Bar, Table

REPEATS = 5
FEW_SEEDS = 3  # if one takes minutes
# Each damage to Fashion-MNIST, the network that mends it, and the PSNR in dB that it must reach: over the lost pixels
# if they are known, otherwise over all.
REPAIRS = (
    ("repair-noise", "noise", 0.2, 23.0),
    ("repair-noise", "noise", 0.4, 20.0),
    ("repair-salt-and-pepper", "salt and pepper", 0.2, 23.0),
    ("repair-lost", "hole", 10, 18.5),
    ("repair-lost", "centre hole", 14, 17.0),
    ("repair-lost", "strokes", 3, 20.5),
    ("repair-low-resolution", "low resolution", 2, 23.5),
    ("repair-blur", "blur", 1.5, 23.5),
)


def in_fresh_process(measurement: str, *arguments: object, threads: int | None = None) -> dict | list:
    """Run one of the measurements in its own Python process, on some threads, and return its figures."""
    environment = os.environ | ({"OMP_NUM_THREADS": str(threads)} if threads else {})
    command = [sys.executable, measurements.__file__, json.dumps([measurement, *arguments])]
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def seconds_of(code: str) -> float:
    """Return the wall-clock seconds that a fresh Python process takes to run ``code`` and end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


def median(runs: list[dict[str, float]], figure: str) -> float:
    """Return the median of one figure over some runs."""
    return statistics.median(run[figure] for run in runs)


def spread(runs: list[dict[str, float]], figure: str, show: str) -> str:
    """Return the lowest and the highest value of one figure over some runs, in words."""
    values = [run[figure] for run in runs]
    if len(values) == 1:
        return f"one run: {show.format(values[0])}"
    return f"{len(values)} seeds: from {show.format(min(values))} to {show.format(max(values))}"


def print_throughput(table: Table) -> None:
    """Print how fast ``fit`` is on the CPU, compared with a DataLoader loop and with bare matrix products."""
    ours, rival = [], []
    for _ in range(REPEATS):
        ours.append(in_fresh_process("throughput of fit"))
        rival.append(in_fresh_process("throughput of loader"))
    fast, slow = median(ours, "images/s"), median(rival, "images/s")
    what = f"fit, 784-128-32-128-784, batch {measurements.SPEED_BATCH}, beside a DataLoader"
    table.row(what, Bar("more", times=5), fast, slow, "{:,.0f} images/s")
    usual = f", {median(ours, 'share by 6 a weight'):.0%} by the usual count of 6 operations a weight"
    share = 100 * median(ours, "share")
    table.row("the same, of the CPU's float32 matmul peak", Bar("more", limit=50), share, show="{:.0f}%", detail=usual)


def print_quality(table: Table, seeds: int) -> None:
    """Print the test MSE at code size 32, compared with the article's recipe and PCA."""
    ours, article = [], []
    for seed in range(seeds):
        ours.append(in_fresh_process("quality of ours", seed, threads=1))
        article.append(in_fresh_process("quality of article", seed, threads=1))
    pca = [in_fresh_process("quality of pca", threads=1)]
    for name, runs in (("the article's recipe", article), ("PCA", pca)):
        what = f"test MSE per pixel, {measurements.CODE_SIZE} code units, beside {name}"
        table.row(what, Bar("less", limit=0.0080), median(ours, "mse"), median(runs, "mse"), "{:.5f}")
    for name, runs in (("ours", ours), ("the article's", article), ("PCA", pca)):
        seconds = max(run["seconds"] for run in runs)
        print(f"  {name}, {spread(runs, 'mse', '{:.5f}')}; {seconds:.1f} CPU-s at most")


def print_start(table: Table) -> None:
    """Print how much longer importing aelib and loading the embedded images takes than torch alone."""
    ours, rival = [], []
    for _ in range(REPEATS):
        ours.append(seconds_of("import aelib; aelib.data.load('fashion-mnist')"))
        rival.append(seconds_of("import torch"))
    what = "import aelib and load the images, beside import torch"
    table.row(what, Bar("less", ahead=-1.0), statistics.median(ours), statistics.median(rival), "{:.2f} s")


def print_lessons(table: Table) -> None:
    """Print what each lesson takes to run from top to bottom."""
    import notebooks

    for path in notebooks.LESSONS:
        _, run = notebooks.execute(path)
        table.row(
            f"{path.name}, top to bottom", Bar("less", limit=notebooks.MOST_SECONDS), run.seconds, show="{:.0f} s"
        )
        what = f"  slowest cell: {run.slowest_cell[:40]}"
        table.row(what, Bar("less", limit=notebooks.MOST_SECONDS_A_CELL), run.slowest_seconds, show="{:.1f} s")
        if run.peak_megabytes is not None:
            table.row(
                "  peak memory", Bar("less", limit=notebooks.MOST_MEGABYTES), run.peak_megabytes, show="{:,.0f} MB"
            )


def print_widgets(table: Table) -> None:
    """Print how fast the picture follows a slider in JupyterLab, compared with ``interact`` and ``plt.show``."""
    import latency

    ways, pens = latency.measure()
    usual, dense, conv, variation = ways.values()
    for name, way, bar in (
        ("dense decoder", dense, Bar("less", limit=16, times=4)),
        ("conv decoder", conv, Bar("less", limit=16, times=4)),
    ):
        slow = f"; 95% within {way.percentile_95:.0f} and {usual.percentile_95:.0f} ms"
        what = f"key to pixels, {name}, median of {latency.MOVES}"
        table.row(what, bar, way.median, usual.median, "{:.0f} ms", slow)
    what = f"key to pixels, variation_slider with three networks, median of {latency.MOVES}"
    slow = f"; 95% within {variation.percentile_95:.0f} ms"
    table.row(what, Bar("less", limit=16), variation.median, show="{:.0f} ms", detail=slow)
    for pen, delays in pens.items():
        what = f"stroke to pixels, {pen}, median of {len(delays)}"
        slow = f"; 95% within {delays[int(0.95 * len(delays))]:.0f} ms"
        table.row(what, Bar("less", limit=16), statistics.median(delays), show="{:.0f} ms", detail=slow)
    for name, way, bar, settled in (
        ("dense", dense, Bar("more", limit=25), Bar("less", limit=50)),
        ("conv", conv, Bar("more", limit=25), Bar("less", limit=50)),
    ):
        what = f"pictures/s at {latency.BURST_RATE} moves/s, {name} decoder"
        table.row(what, bar, way.pictures_per_second, usual.pictures_per_second, "{:.0f}")
        table.row("  blank frames", Bar("less", limit=0, ahead=0), way.blank_frames, usual.blank_frames, "{}")
        table.row("  heights of the cell", Bar("less", limit=1, ahead=0), way.heights, usual.heights, "{}")
        table.row("  settled after the last move", settled, way.settled_ms, usual.settled_ms, "{:.0f} ms")


def bytes_at(curve: list, psnr: float) -> float:
    """Return the bytes per image of a curve of (bytes, PSNR) at a PSNR, by interpolation; infinite above its end."""
    return interpolated([(quality, size) for size, quality in curve], psnr, beyond=float("inf"))


def psnr_at(curve: list, size: float) -> float:
    """Return the PSNR of a curve of (bytes, PSNR) at a number of bytes per image, by interpolation."""
    return interpolated(curve, size, beyond=max(quality for _, quality in curve))


def interpolated(points: list, x: float, beyond: float) -> float:
    """Return y at ``x`` on the straight lines between points (x, y), and ``beyond`` to the right of the last one."""
    points = sorted(points)
    for (left, low), (right, high) in zip(points[:-1], points[1:], strict=True):
        if left <= x <= right:
            return low + (x - left) / (right - left) * (high - low)
    return points[0][1] if x < points[0][0] else beyond


def print_compression(table: Table) -> None:
    """Print the size of the codec's files, compared with standard formats, PCA and codes quantised afterwards."""
    coder = in_fresh_process("coder", "rate-64", "independent")
    what = "coded size over the symbols' entropy, 10,000 images"
    table.row(what, Bar("less", limit=1.02), coder["size / entropy"], show="{:.4f}")
    for way in ("compress", "decompress"):
        table.row(f"{way}, 784-512-64", Bar("more", limit=20_000), coder[way], show="{:,.0f} images/s")
    ours = [in_fresh_process("curve", name, 0) for name in ("rate-32", "rate-64")]
    print_beside_standards(table, ours)
    pca = in_fresh_process("curve", "pca-128", 0)
    for size in (6, 12, 16):
        best = max(psnr_at(curve, size) for curve in ours)
        what = f"PSNR at {size} bytes, beside PCA with the same coder"
        table.row(what, Bar("more", ahead=1.8), best, psnr_at(pca, size), "{:.2f} dB")

    trained = partial(in_fresh_process, "curve", threads=1)
    one = trained("rate-64", measurements.TRAINING_SECONDS)
    rivals = [trained(f"plain-{size}", measurements.TRAINING_SECONDS) for size in measurements.RIVAL_CODE_SIZES]
    for psnr in (19.5, 20.0, 20.5, 21.0):
        rival = min(bytes_at(curve, psnr) for curve in rivals)
        what = f"bytes at {psnr} dB, trained for the rate, beside quantised afterwards"
        table.row(what, Bar("less", times=1 / 0.9), bytes_at(one, psnr), rival, "{:.2f} bytes")


def print_beside_standards(table: Table, ours: list) -> None:
    """Print the bytes per image of ``ours``, curves of all images in one file, and of the standard formats.

    One row has our one file beside a JPEG for each image. It says so, and gives the two factors that are like for like.
    """

    def row(what: str, bar: Bar, psnr: float, rival: float, ours: list = ours, detail: str = "") -> float:
        best = min(bytes_at(curve, psnr) for curve in ours)
        table.row(f"{what}, {psnr:.1f} dB", bar, best, rival, "{:.2f} bytes", detail)
        return rival / best

    one_by_one = [in_fresh_process("curve", "rate-32", 0, True)]
    [(jpeg, psnr)] = in_fresh_process("standard", "JPEG", [0], False, {})
    [(jpeg_mosaic, mosaic_psnr)] = in_fresh_process("standard", "JPEG", [0], True, {"optimize": True})
    alone = row("JPEG's lowest, both one by one, no headers", Bar("less"), psnr, jpeg, one_by_one)
    together = row("JPEG's lowest, a mosaic beside our one file", Bar("less"), mosaic_psnr, jpeg_mosaic)
    like_for_like = f"; like for like 1/{alone:.1f} one by one, 1/{together:.1f} in one file"
    row("not like for like: JPEG one by one, ours in one file", Bar("less", times=10), psnr, jpeg, ours, like_for_like)
    avif = in_fresh_process("standard", "AVIF", [3, 5, 8, 11, 14, 18], True, {"speed": 6})
    webp = in_fresh_process("standard", "WEBP", [0, 2], True, {"method": 6})
    for name, curve, times in (("AVIF", avif, 5), ("WebP", webp, 2)):
        size, psnr = min(curve)
        row(f"{name} of a mosaic, at its lowest", Bar("less", times=times), psnr, size)
    row("AVIF of a mosaic", Bar("less", times=2), 21.0, bytes_at(avif, 21))


def print_codes(table: Table) -> None:
    """Print what a mixture as prior saves, for a plain autoencoder and for those trained for the rate."""

    def curve(name: str, prior: str) -> list:
        return in_fresh_process("curve", name, 0, False, prior)

    priors = ("mixture", "independent")
    plain, usual = (curve("dense-32", prior) for prior in priors)
    what = "bytes at 20.1 dB, dense-32: a mixture beside independent units"
    table.row(what, Bar("less", limit=7.6), bytes_at(plain, 20.1), bytes_at(usual, 20.1), "{:.2f} bytes")
    with_mixture, alone = ([curve(name, prior) for name in ("rate-32", "rate-64")] for prior in priors)
    for psnr in (18.7, 20.1, 21.0):
        ours, rival = (min(bytes_at(each, psnr) for each in both) for both in (with_mixture, alone))
        what = f"bytes at {psnr} dB, trained for the rate: a mixture beside independent units"
        table.row(what, Bar("less"), ours, rival, "{:.2f} bytes")
    # Its lowest quality first: between two that give the same file, bytes_at could not interpolate.
    avif = in_fresh_process("standard", "AVIF", [3, 8, 11, 14, 18], True, {"speed": 6})
    for psnr, factor in ((max(18.7, min(avif)[1]), 5.2), (21.0, 2.9)):
        ours = min(bytes_at(each, psnr) for each in (plain, *with_mixture))
        what = f"AVIF of a mosaic, {psnr:.1f} dB, beside the best with a mixture"
        table.row(what, Bar("less", times=factor), ours, bytes_at(avif, psnr), "{:.2f} bytes")
    speed = in_fresh_process("coder", "dense-32", "mixture")
    for way in ("compress", "decompress"):
        table.row(f"{way}, dense-32, a mixture", Bar("more", limit=5_000), speed[way], show="{:,.0f} images/s")


def print_generation(table: Table, seeds: int) -> None:
    """Print the bounds of the variational autoencoders, and how close each way to draw comes to real images."""
    print(
        "  −ELBO: nats an image, mean over Fashion-MNIST's 10,000 test images, grey values in [0, 1], not binarised.\n"
        "  Fréchet distance: of 10,000 drawn images to these test images, by the features of the course's classifier;\n"
        "  ours are drawn by dense-32, trained anew for each seed."
    )
    plain, article, vae, usual = (
        [in_fresh_process("generation", name, seed, threads=1) for seed in range(seeds)]
        for name in ("plain", "article", "vae", "usual vae")
    )

    def row(what: str, bar: Bar, ours: list, rival: list, figure: str, rival_figure: str) -> None:
        detail = f"; {spread(ours, figure, '{:.1f}')}; rival {spread(rival, rival_figure, '{:.1f}')}"
        table.row(what, bar, median(ours, figure), median(rival, rival_figure), "{:.1f}", detail)

    what = f"−ELBO, {median(vae, 'seconds'):.0f} s of training, beside 784-400-20, {median(usual, 'seconds'):.0f} s"
    row(what, Bar("less", limit=240.5, ahead=3), vae, usual, "-ELBO", "-ELBO")
    for name, bar, rival, figure in (
        ("the article's uniform codes", Bar("less", times=17), plain, "uniform"),
        ("the VAE's prior", Bar("less", times=4), vae, "prior"),
        ("784-400-20's prior", Bar("less", times=4), usual, "prior"),
        ("one on the VAE's own codes", Bar("less"), vae, "mixture"),
        ("one on 784-400-20's own codes", Bar("less"), usual, "mixture"),
        ("the article's reconstructions", Bar("less"), article, "reconstructions"),
    ):
        row(f"Fréchet, mixture of 50, beside {name}", bar, plain, rival, "mixture", figure)

    shipped = in_fresh_process("generation of shipped", threads=1)
    print(
        f"  Fréchet distance of dense-32 with a mixture {shipped['mixture']:.1f}; "
        f"of real images {shipped['real']:.1f}; of the mean picture {shipped['mean picture']:.0f}"
    )
    table.row("10,000 samples decoded", Bar("less", limit=1), shipped["decoding seconds"], show="{:.2f} s")
    table.row("samples identical to a training image", Bar("less", limit=0), shipped["identical"], show="{}")
    new, real = shipped["1st percentile of new"], shipped["1st percentile of test"]
    what = "nearest training image, 1st percentile, beside test images"
    table.row(what, Bar("more", ahead=0), new, real, "{:.4f}")


def print_repair(table: Table) -> None:
    """Print how well each damage is mended, compared with the best classical method, and other ways below."""
    for network, kind, strength, least in REPAIRS:
        figures = in_fresh_process("repair", network, kind, strength, threads=1)
        ours = figures.pop("ours")
        others = {name: way for name, way in figures.items() if name not in ("projected", "search of the code")}
        best = max(others, key=lambda name: others[name]["psnr"])
        what = f"{kind} {strength}, dB, beside {best}"
        table.row(what, Bar("more", limit=least), ours["psnr"], others[best]["psnr"], "{:.2f} dB")
        for name, way in {"ours": ours, **figures}.items():
            print(f"  {name}: {way['psnr']:.2f} dB, SSIM {way['ssim']:.3f}, {1000 * way['seconds']:.1f} ms an image")


def print_photos(table: Table) -> None:
    """Print how well noise of 25/255 is removed from each held-out photograph, compared with BM3D, on one thread."""
    figures = in_fresh_process("photo", threads=1)
    for name, ways in figures.items():
        print(f"  {name}: " + "; ".join(f"{way} {psnr:.2f} dB in {s:.1f} s" for way, (psnr, s) in ways.items()))
    added = [ways["ours"][0] - ways["its classical part"][0] for ways in figures.values()]
    error = statistics.stdev(added) / len(added) ** 0.5  # of the mean
    print(f"  the network adds {statistics.mean(added):+.2f} dB to its classical part, give or take {error:.2f}")
    print("  (its weights learnt on a guess from smaller stacks, see photo_figures)")
    if any("BM3D" not in ways for ways in figures.values()):
        return
    (ours, seconds), (rival, rival_seconds) = (
        [statistics.mean(ways[way][column] for ways in figures.values()) for column in (0, 1)]
        for way in ("ours", "BM3D")
    )
    what = f"noise of 25/255 in {len(figures)} photographs, mean, beside BM3D"
    table.row(what, Bar("more", ahead=-0.3), ours, rival, "{:.2f} dB")
    table.row("  mean seconds", Bar("less", times=5), seconds, rival_seconds, "{:.1f} s")


def figures_of_lesson(number: str, then: str, timeout: int = 120) -> dict:
    """Run a lesson in its own kernel, with an extra cell at the end, and return the figures that it prints."""
    import notebooks

    [lesson] = [path for path in notebooks.LESSONS if path.name.startswith(number)]
    ran, _ = notebooks.execute(lesson, then, timeout)
    return json.loads(ran.cells[-1].outputs[-1].text)  # after progress bars, if any


def print_colour(table: Table, seeds: int) -> None:
    """Print the figures of lesson 7, most of them from the lesson itself: colour, edges, pictures that change."""
    lesson = figures_of_lesson("07", measurements.FIGURES_OF_LESSON_7)
    psnr = lesson["psnr"]
    what = "PSNR of colour pictures, conv-128, beside PCA with 128 numbers"
    table.row(what, Bar("more", limit=23), psnr["conv-128"], psnr["PCA, 128"], "{:.2f} dB")
    runs = [in_fresh_process("colour", seed, threads=1) for seed in range(seeds)]
    seconds = f"; {spread(runs, 'psnr', '{:.2f}')}; {max(run['seconds'] for run in runs):.0f} CPU-s at most"
    what = "  the same with 64 numbers, trained in class"
    table.row(what, Bar("more", limit=20.3), median(runs, "psnr"), psnr["PCA"], "{:.2f} dB", seconds)
    for name, of_y, of_cr in lesson["shares"]:
        print(f"  share of the variance that comes through, {name} numbers: Y {of_y:.2f}, Cr {of_cr:.2f}")
    table.row("darker skin, error by codes over error by table, 95% are above", Bar("more", limit=4), lesson["ratio"])
    what = "five losses: spread of edges kept, beside that of edges correct"
    table.row(what, Bar("more", times=3), *lesson["spreads"])
    for name, lost in lesson["two pixels"].items():
        bar = Bar("less", limit=0.3) if name == "aligned first" else None
        table.row(f"what two pixels cost, {name}", bar, lost, show="{:.2f} dB")
    table.row("what aligning costs at rest", Bar("less", limit=0.3), lesson["aligning"], show="{:.2f} dB")
    runs = [in_fresh_process("shuffled", seed, threads=1) for seed in range(seeds)]
    worst = max((run["dense"] for run in runs), key=abs)
    what = "pixels shuffled, dB lost, dense, the worst of the seeds"
    table.row(what, Bar("less", limit=0.15), abs(worst), detail=f"; {spread(runs, 'dense', '{:+.2f}')}")
    what = "  the same, convolutional, the least of the seeds"
    least = min(run["convolutional"] for run in runs)
    table.row(what, Bar("more", limit=1.5), least, detail=f"; {spread(runs, 'convolutional', '{:+.2f}')}")


def print_translation(table: Table, seeds: int) -> None:
    """Print the figures of lesson 8, in its own kernel: grey pictures and outlines coloured, with hints and without."""
    figures = figures_of_lesson("08", measurements.FIGURES_OF_LESSON_8.format(seeds=seeds), timeout=3600)
    by_table = figures["scores"]["a table of 256"][0]
    decibels, delta = (
        {name: [run[which] for run in runs] for name, runs in figures["minutes"].items()} for which in (0, 1)
    )
    for name, runs in decibels.items():
        detail = f"; from {min(runs):.2f} to {max(runs):.2f} over {seeds} seeds"
        bar = Bar("more", limit=18.3) if name == "L1" else None
        what = f"grey to colour by {name}, 60 CPU-s, beside a table of 256"
        table.row(what, bar, statistics.median(runs), by_table, "{:.2f} dB", detail)
    leads = [l1 - l2 for l1, l2 in zip(decibels["L1"], decibels["L2"], strict=True)]
    table.row("  L1 over L2, the least of the seeds", Bar("more", limit=0), min(leads), show="{:+.2f} dB")
    medians = {name: statistics.median(runs) for name, runs in delta.items()}
    best = min(medians, key=medians.get)
    each = ", ".join(f"{name} {value:.2f}" for name, value in medians.items())
    table.row(
        "  the least ΔE on what is not paper",
        Bar("less", limit=12.5),
        medians[best],
        show="{:.2f}",
        detail=f"; {each}",
    )
    for count, limit in (("0", 15.5), ("5", 17.2), ("20", 18.5)):
        table.row(
            f"outline to colour, {count} dots", Bar("more", limit=limit), figures["dots"][count], show="{:.2f} dB"
        )
    what = "an unseen family's outline: from the mean of six, beside the nearest tone"
    table.row(what, Bar("more", ahead=1), *figures["mean and nearest"], "{:.2f} dB")
    what = "lost by lines as hands draw them, beside a training on detected ones"
    hand = figures["by hand"]
    table.row(what, Bar("less", limit=0.3), hand["sketch"], hand["detected lines"], "{:.2f} dB")


def print_judges(table: Table, seeds: int) -> None:
    """Print the figures of lesson 9, in its own kernel: probes, decoders tuned by eyes, a judge fooled, and depth."""
    figures = figures_of_lesson("09", measurements.FIGURES_OF_LESSON_9.format(seeds=seeds), timeout=3600)
    hundred = figures["hundred"]
    for name in ("contrastive-64", "dense-32", "pixels"):
        (share, deviation), (rival, _) = hundred[name], hundred["HOG and pixels"]
        what = f"told with 100 labels, {name}, beside HOG and pixels"
        table.row(what, None, share, rival, "{:.3f}", f"; ± {deviation:.3f} over ten draws")
    ten = {(name, way): share for name, way, share in figures["ten"]}
    for name in ("contrastive-64", "dense-32"):
        what = f"told with 10 labels, {name}: prototypes beside any ten"
        bar = Bar("more", limit=0.5) if name == "contrastive-64" else None
        table.row(what, bar, ten[name, "prototypes"], ten[name, "picked_blindly"], "{:.2f}")
    untuned, control, *random = figures["eyes"].values()
    for judge, limit in (("A", 8.0), ("B", 5.5)):
        runs = [run[judge] for run in random]
        detail = f"; from {min(runs):.1f} to {max(runs):.1f} over {seeds} networks; untuned {untuned[judge]:.1f}"
        what = f"Fréchet distance by {judge}, tuned by random eyes, beside pixels alone"
        table.row(what, Bar("less", limit=limit), statistics.mean(runs), control[judge], "{:.1f}", detail)
    loss = untuned["psnr"] - statistics.mean(run["psnr"] for run in random)
    table.row("  what that costs in PSNR", Bar("less", limit=0.25), loss, show="{:.2f} dB")
    unseen = min(figures["seen by A"]["B"], *(min(run["A"], run["B"]) for run in random))
    what = "best sampler, by a judge that no training saw, beside a mixture, untuned"
    table.row(what, Bar("less", limit=5.0), unseen, min(untuned["A"], untuned["B"]), "{:.1f}")
    boot, best, honest = figures["boot"]
    table.row("a thousand boots by A, beside the best honest sampler", Bar("less"), boot["A"], best["A"], "{:.1f}")
    table.row("a thousand boots by B, beside an honest sample", Bar("more", times=10), boot["B"], honest["B"], "{:.1f}")
    for judge, bar in (("A", None), ("B", Bar("more", limit=0.85))):
        ours, real = figures["obeyed"][judge]
        table.row(f'"draw me a …" obeyed, by {judge}', bar, ours, show="{:.3f}", detail=f"; real pictures {real:.3f}")
    what = "three layers, 300 steps: started by He, beside PyTorch"
    he, usual = (statistics.median(runs) for runs in zip(*figures["starts"], strict=True))
    gains = ", ".join(f"{ours - rival:+.2f}" for ours, rival in figures["starts"])
    table.row(what, Bar("more", ahead=1.5), he, usual, "{:.2f} dB", f"; {gains} dB")
    for name, level in figures["minute"].items():
        table.row(f"{name}, 60 CPU-s", None, level, show="{:.2f} dB")


def print_fields(table: Table, seeds: int) -> None:
    """Print lesson 10's figures, in its own kernel: typos mended, odd pictures found, words recommended."""
    figures = figures_of_lesson("10", measurements.FIGURES_OF_LESSON_10.format(seeds=seeds), timeout=3600)

    def over(name: str) -> str:
        difference, low, high = figures[name]
        return f"; {difference:+.3f}, 95 % from {low:+.3f} to {high:+.3f}"

    mended = figures["mended"]
    what = "real typos mended by the nearest code, beside edit distance and frequency"
    rival = mended["edit distance, then frequency"]
    table.row(what, Bar("more", limit=0.92), mended["nearest code"], rival, "{:.3f}", over("over edits"))
    table.row("  the least that this leads by, 95 %", Bar("more", limit=0), figures["over edits"][1], show="{:+.3f}")
    what = "  beside the noisy channel"
    table.row(what, None, mended["nearest code"], mended["noisy channel"], "{:.3f}", over("over channel"))
    what = "  both together, beside the noisy channel"
    table.row(what, None, mended["both together"], mended["noisy channel"], "{:.3f}", over("together over channel"))
    table.row("  what the same network's decoder spells", None, figures["decoder"], show="{:.3f}")
    for place, what in enumerate(("nearest code", "decoder")):
        runs = [run[place] for run in figures["more words"]]
        detail = f"; from {min(runs):.3f} to {max(runs):.3f} over {seeds} seeds"
        table.row(f"  trained for some 15 s: {what}", None, statistics.median(runs), show="{:.3f}", detail=detail)
    table.row("words of the dictionary left alone", Bar("more", limit=0.995), figures["left alone"], show="{:.4f}")
    passed, lost = figures["passed"]
    table.row("unknown words that pass", None, passed, show="{:.3f}", detail=f"; {lost:.1%} of the typos lost")
    kinds = figures["kinds"]
    for kind, bar in (
        ("noise", Bar("more", limit=0.99)),
        ("blurred", Bar("less", limit=0.25)),
        ("half as bright", Bar("less", limit=0.2)),
    ):
        table.row(f"AUROC of the reconstruction error, {kind}", bar, kinds[kind]["error"], show="{:.2f}")
    classes = figures["mean of classes"]
    what = "AUROC on classes held out, nearest pictures, beside the error"
    errors = figures["held-out errors"]
    detail = f"; from {min(errors):.3f} to {max(errors):.3f} over {seeds} seeds"
    table.row(what, Bar("more"), classes["nearest pictures"], statistics.median(errors), "{:.3f}", detail)
    for which, limit in (("kinds", 0.9), ("classes", 0.72)):
        what = f"AUROC of the detector, mean of ten {which}, beside the error"
        ours = figures[f"mean of {which}"]
        table.row(what, Bar("more", limit=limit), ours["detector"], ours["error"], "{:.3f}")
    hits = figures["hits"]
    for name in ("popularity", "similar rows", "a linear bottleneck", "deep, half a minute"):
        table.row(f"hit at 10, zero diagonal, beside {name}", None, hits["zero diagonal"], hits[name], "{:.3f}")
    what = "hit at 10, zero diagonal, beside ridge"
    table.row(what, Bar("more"), hits["zero diagonal"], hits["ridge, may copy"], "{:.3f}", over("over ridge"))
    for seed, (deep, (_, low, high)) in enumerate(zip(figures["deep"], figures["over deep"], strict=True)):
        detail = f"; 95 % from {low:+.3f} to {high:+.3f}"
        what = f"  beside the better of two deep ones, 150 epochs, seed {seed}"
        table.row(what, Bar("more"), hits["zero diagonal"], deep, "{:.3f}", detail)


def print_scaling(table: Table) -> None:
    """Print lesson 11's figures, in its own kernel: seconds, bytes per second, gradients of several processes."""
    figures = figures_of_lesson("11", measurements.FIGURES_OF_LESSON_11, timeout=900)
    for proof in figures["proofs"]:
        sizes = " and ".join(map(str, proof["sizes"])) + ", weighted" * proof["weighted"]
        what = f"gradient of two processes, {sizes}; {proof['network']}, {proof['precision'].removeprefix('torch.')}"
        even = len(set(proof["sizes"])) == 1
        bar = Bar("less", limit=1e-6) if proof["weighted"] or even else None
        table.row(what, bar, proof["error"], show="{:.1e}")
    for speed in figures["speeds"]:
        images, gain = 2 * speed["batch"], speed["whole"] / speed["shared"]
        what = f"two processes, {speed['network']}, {speed['batch']} pictures each, beside one"
        bar = Bar("more", times=1.5) if (speed["network"], speed["batch"]) == ("convolutional", 64) else None
        detail = f"; {gain:.2f} ×"
        table.row(what, bar, images / speed["shared"], images / speed["whole"], "{:,.0f} images/s", detail)
    table.row("bandwidth between two processes, fitted", None, figures["bandwidth"] / 1e6, show="{:,.0f} MB/s")
    for batch, ratio in zip((64, 16), figures["predicted"], strict=True):
        what = f"cost model, fitted on the dense network: off on the convolutional one, {batch} each"
        bar = Bar("less", limit=0.2) if batch == 64 else None
        table.row(what, bar, abs(ratio - 1), show="{:.2f}")
    through = figures["through"]
    what = "through the loop, from shards beside from memory"
    table.row(what, Bar("more", times=0.8), through["shards"], through["memory"], "{:,.0f} images/s")
    for name, speed in figures["read"].items():
        table.row(f"  read alone: {name}", None, speed, show="{:,.0f} pictures/s")
    before, after = figures["memory"]
    what = f"memory to read {figures['pictures']:,} pictures, above the libraries'"
    table.row(what, Bar("less", limit=300), after - before, show="{:.0f} MB", detail=f"; {after:.0f} in all")
    table.row("a worker killed: weights equal, bit for bit", Bar("more", limit=1), figures["equal"], show="{:d}")
    table.row("  steps done twice, of 50 between checkpoints", Bar("less", limit=50), figures["twice"], show="{:d}")
    bugs = [bug for bug, caught in figures["caught"].items() if caught and bug != "none"]
    table.row("silent bugs caught, of six", Bar("more", limit=6), len(bugs), show="{:d}")
    first = figures["raced"]["the usual loop, batches of 32"][0]
    best = max(speed for speed, _ in figures["raced"].values())
    table.row("the best loop, beside the usual one", Bar("more", times=6), best, first, "{:,.0f} images/s")
    for name, (speed, quality) in figures["raced"].items():
        table.row(f"  {name}", None, speed, show="{:,.0f} images/s", detail=f"; {quality:.1f} dB")
    for epochs, runs in figures["plain"].items():
        spent, quality = (statistics.mean(each) for each in zip(*runs, strict=True))
        table.row(f"plain training, {epochs} epochs", None, quality, show="{:.2f} dB", detail=f"; {spent:.2f} s")
    for name, runs in figures["tried"].items():
        spent, quality = zip(*runs, strict=True)
        detail = f"; from {min(quality):.2f} to {max(quality):.2f} over 3 seeds, {statistics.mean(spent):.2f} s"
        table.row(f"  {name}", None, statistics.mean(quality), show="{:.2f} dB", detail=detail)


def print_site(table: Table) -> None:
    """Print how fast the web pages in build/site/ are, and the playground among them; see tools/page_speed.py."""
    import page_speed
    import playground_speed

    for name, page in page_speed.OPENED.items():
        opening = page_speed.median_of_openings(page)
        table.row(
            f"{name} on a slow line, first paint", Bar("less", limit=1000), opening.first_paint, show="{:,.0f} ms"
        )
        what = f"{name} on a slow line, first live picture"
        table.row(what, Bar("less", limit=2000), opening.first_picture, show="{:,.0f} ms")
        table.row("  bytes till then", Bar("less", limit=800_000), opening.wire, show="{:,.0f}")
    for widget, (*_, limit) in page_speed.WIDGETS.items():
        delays = page_speed.move(widget)
        slow = f"; 95% within {delays[int(0.95 * len(delays))]:.1f} ms"
        what = f"hand to pixels in a page, {widget}, median of {len(delays)}"
        table.row(what, Bar("less", limit=limit), statistics.median(delays), show="{:.1f} ms", detail=slow)
    for task, what, limit in (("lost", "filled along a scratch", 6), ("noise", "without its noise", 30)):
        seconds, longest = page_speed.mend_a_photograph(task)
        table.row(f"a photograph of 512 × 512 in a page, {what}", Bar("less", limit=limit), seconds, show="{:.1f} s")
        table.row("  the longest frame meanwhile", Bar("less", limit=100), longest, show="{:.0f} ms")
    table.row("all pages together", Bar("less", limit=40e6), page_speed.size(), show="{:,.0f} bytes")

    ours, rival, shares = playground_speed.measure()
    what = "the playground's 784-128-2-128-784, batch 64, beside fit, one thread"
    table.row(what, Bar("more", times=1 / 4), statistics.median(ours), statistics.median(rival), "{:,.0f} images/s")
    for name, share in shares.items():
        print(f"  held-out codes beside one of their class, {name}: {share:.1%}")


def main() -> int:
    """Print the table, and return the exit status: 1 if a bar is missed, else 0."""
    parts: dict[str, Callable[[Table], None]] = {
        "throughput": print_throughput,
        "quality": lambda table: print_quality(table, arguments.seeds),
        "compression": print_compression,
        "generation": lambda table: print_generation(table, min(arguments.seeds, FEW_SEEDS)),
        "repair": print_repair,
        "photos": print_photos,
        "colour": lambda table: print_colour(table, min(arguments.seeds, FEW_SEEDS)),
        "translation": lambda table: print_translation(table, min(arguments.seeds, FEW_SEEDS)),
        "judges": lambda table: print_judges(table, min(arguments.seeds, FEW_SEEDS)),
        "codes": print_codes,
        "fields": lambda table: print_fields(table, min(arguments.seeds, FEW_SEEDS)),
        "scaling": print_scaling,
        "start": print_start,
        "lessons": print_lessons,
        "widgets": print_widgets,
        "site": print_site,
    }
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default=",".join(parts), help="parts, joined by commas: %(default)s")
    parser.add_argument(
        "--seeds",
        type=int,
        default=5,
        help="how many seeds to train (3 at most for generation, colour, translation, judges and fields)",
    )
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    if not set(chosen) <= set(parts):
        parser.error(f"--only takes {', '.join(parts)}")
    if arguments.seeds < 1:
        parser.error("--seeds takes 1 or more")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start, Python {sys.version.split()[0]}")
    table = Table()
    for name in chosen:
        try:
            parts[name](table)
        except Exception:  # such as a missing browser; the other parts go on
            traceback.print_exc()
            table.missed.append(f"the rest of {name}, which could not be measured")
    return table.end()


if __name__ == "__main__":
    sys.exit(main())

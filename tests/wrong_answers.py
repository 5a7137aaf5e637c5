"""Plausible wrong answers to each exercise, the mistakes that learners make; each must be refused."""


def function(signature: str, *lines: str) -> str:
    """Return the source of a function with these lines."""
    return f"def {signature}:\n" + "\n".join(f"    {line}" for line in lines)


def undo_shift(
    mass: str = "images",
    middle: str = "(width - 1) / 2, (height - 1) / 2",
    moved: str = "variation.move(images, -steps, background=0)",
) -> str:
    """Return the source of the solution of lesson 7's exercise 3, but for the parts that are given."""
    return function(
        "undo_shift(images)",
        "height, width = images.shape[2:]",
        f"x, y = {middle}",
        f"mass = {mass}",
        "right = (mass.sum((1, 2)) * (torch.arange(width) - x)).sum(1) / mass.sum((1, 2, 3))",
        "down = (mass.sum((1, 3)) * (torch.arange(height) - y)).sum(1) / mass.sum((1, 2, 3))",
        "steps = torch.stack([right, down], 1).round().long()",
        f"return {moved}",
    )


def colourfulness(
    scale: str = "255 * images",
    correction: int = 0,
    half: str = "(red + green) / 2 - blue",
    weight: float = 0.3,
    end: str = "(spread + {weight} * offset).mean()",
) -> str:
    """Return the source of the solution of lesson 8's exercise 2, but for the parts that are given."""
    return function(
        "my_colourfulness(images)",
        f"red, green, blue = ({scale}).flatten(2).unbind(1)",
        f"rg, yb = red - green, {half}",
        f"spread = (rg.var(1, correction={correction}) + yb.var(1, correction={correction})).sqrt()",
        "offset = (rg.mean(1) ** 2 + yb.mean(1) ** 2).sqrt()",
        f"return {end.format(weight=weight)}",
    )


def by_vote(voted: str) -> str:
    """Return the source of the solution of lesson 8's exercise 3, but for the outline of a family."""
    return function(
        "by_vote(lines, families)",
        "outlines = torch.empty_like(lines)",
        "for family in set(families):",
        "    members = [place for place, name in enumerate(families) if name == family]",
        f"    outlines[members] = {voted}",
        "return outlines",
    )


def under_dots(under: str, place: str = "middles[:, 0], middles[:, 1]") -> str:
    """Return the source of the solution of lesson 8's exercise 4, but for the parts that are given."""
    return function(
        "under_dots(images, places)",
        "marks = torch.zeros(len(images), 1, max(images.shape), max(images.shape))",
        "for mark, middles in zip(marks, places):",
        f"    mark[0, {place}] = 1",
        "marks = marks[..., : images.shape[2], : images.shape[3]]",
        f"return {under}",
    )


def three_terms(
    invariance: str = "(first - second).square().mean()",
    variance: str = "(1 - view.std(0)).clamp(min=0).mean() / 2",
    covariance: str = "(matrix - matrix.diag().diag()).square().sum() / len(matrix)",
    views: str = "first, second",
) -> str:
    """Return the source of the solution of lesson 9's exercise 2, but for the parts that are given."""
    return function(
        "three_terms(first, second)",
        "variance = covariance = 0",
        f"for view in ({views}):",
        "    matrix = torch.cov(view.T)",
        f"    variance = variance + {variance}",
        f"    covariance = covariance + {covariance}",
        f"return {invariance}, variance, covariance",
    )


def next_unit(
    weights: str = "torch.linalg.solve(covariance[:K, :K], covariance[:K, K])",
    centred: str = "known - mean[:K]",
    variance: str = "covariance[K, K] - covariance[K, :K] @ weights",
    place: str = "known.shape[1]",
) -> str:
    """Return the source of the solution of lesson 9's exercise 4, but for the parts that are given."""
    return function(
        "next_unit(mean, covariance, known)",
        f"K = {place}",
        f"weights = {weights}",
        f"return mean[K] + ({centred}) @ weights, {variance}",
    )


def cheat(
    changed: str = "pixels.detach().clamp(0, 1)",
    answer: str = "int(told[1][1] / told[1][0] > told[0][1] / told[0][0])",
    learning_rate: float = 0.05,
    steps: int = 12,
) -> str:
    """Return the source of the solution of lesson 9's exercise 5, but for the parts that are given.

    ``told`` has the distances by the two judges, of the first pictures and of the second.
    """
    return "\n\n".join(
        [
            function(
                "seen(judge, images)",
                "with torch.no_grad():",
                "    return torch.cat([judge.features(part) for part in data.batches(images)])",
            ),
            function(
                "my_cheat(images, judge)",
                "from scipy.optimize import linear_sum_assignment",
                'goals = seen(judge, data.load("fashion-mnist").train[: len(images)])',
                "goals = goals[linear_sum_assignment(torch.cdist(seen(judge, images), goals).square())[1]]",
                "pixels = images.clone().requires_grad_()",
                f"optimizer = torch.optim.Adam([pixels], lr={learning_rate})",
                f"for _ in range({steps}):",
                "    loss = (judge.features(pixels.clamp(0, 1)) - goals).square().sum()",
                "    optimizer.zero_grad()",
                "    loss.backward()",
                "    optimizer.step()",
                f"return {changed}",
            ),
            function(
                "who_cheated(first, second)",
                'real = data.load("fashion-mnist").test[:1000]',
                'judges = [training.pretrained(name) for name in ("classifier", "second-classifier")]',
                "told = [",
                "    [metrics.frechet_distance(seen(judge, images), seen(judge, real)) for judge in judges]",
                "    for images in (first, second)",
                "]",
                f"return {answer}",
            ),
        ]
    )


def zero_diagonal(
    products: str = "G + penalty * one",
    factors: str = "1 / P.diagonal()",
    weights: str = "one - P * g",
    end: str = "g, B",
) -> str:
    """Return the source of the solution of lesson 10's exercise 4, but for the parts that are given."""
    return function(
        "zero_diagonal(table, penalty)",
        "one, G = torch.eye(table.shape[1]), table.T @ table",
        f"P = torch.linalg.inv({products})",
        f"g = {factors}",
        f"B = {weights}",
        f"return {end}",
    )


def my_score(scores: str) -> str:
    """Return the source of an answer to lesson 10's exercise 5, with these scores."""
    return function(
        "my_score(normal, images)",
        "rows = images.flatten(1)",
        "distance = torch.cdist(rows, normal.flatten(1)).topk(5, largest=False).values.mean(1)",
        "contrast = rows.std(1)",
        f"return {scores}",
    )


def accumulate(
    first: str = "network.zero_grad()",
    parts: str = "images.split(size)",
    loss: str = "network.loss(part) * len(part) / len(images)",
    after: str = "pass",
    end: str = "pass",
) -> str:
    """Return the source of the solution of lesson 11's exercise 1, but for the parts that are given."""
    return function(
        "accumulate(network, images, size)",
        first,
        f"parts = {parts}",
        "for part in parts:",
        f"    loss = {loss}",
        "    loss.backward()",
        f"    {after}",
        end,
    )


def my_share(
    seed: str = "epoch", share: str = "order[rank::workers]", order: str = "torch.randperm(count, generator=generator)"
) -> str:
    """Return the source of the solution of lesson 11's exercise 3, but for the parts that are given."""
    return function(
        "my_share(count, epoch, rank, workers)",
        f"generator = torch.Generator().manual_seed({seed})",
        f"order = {order}",
        f"return {share}",
    )


def read_profile(
    worst: str = "max(seconds, key=seconds.get)",
    gain: str = "total / (total - seconds[worst])",
    overlapped: str = "total / max(load, total - load)",
    end: str = "worst, gain, overlapped",
) -> str:
    """Return the source of the solution of lesson 11's exercise 4, but for the parts that are given."""
    return function(
        "read_profile(seconds)",
        'total, load = sum(seconds.values()), seconds["load"]',
        f"worst = {worst}",
        f"gain, overlapped = {gain}, {overlapped}",
        f"return {end}",
    )


WRONG_ANSWERS = {
    # Lesson 1
    "check_one_row_per_image": [
        function("one_row_per_image(images)", "return images.flatten()"),
        function("one_row_per_image(images)", "return images.reshape(-1, len(images)).T"),
        function("one_row_per_image(images)", "return images.reshape(-1, images.shape[-1])"),
        function("one_row_per_image(images)", "return images.reshape(-1, 784)"),
    ],
    "check_psnr_by_hand": [
        function("psnr_by_hand(images, reconstructions)", "return (images - reconstructions).square().mean()"),
        function("psnr_by_hand(a, b)", "return -10 * torch.log((a - b).square().mean())"),
        function("psnr_by_hand(a, b)", "return 10 * torch.log10((a - b).square().mean())"),
        function("psnr_by_hand(a, b)", "return -10 * torch.log10((a - b).square()).mean()"),
        function("psnr_by_hand(a, b)", "return -20 * torch.log10((a - b).abs().mean())"),
    ],
    "check_numbers_needed": [
        function(
            "numbers_needed(variances, share)", "return int((variances.cumsum(0) / variances.sum() < share).sum())"
        ),
        function(
            "numbers_needed(variances, share)", "return int((variances.cumsum(0) / variances.sum() <= share).sum()) + 1"
        ),
        function("numbers_needed(variances, share)", "return int((variances / variances.sum() < share).sum()) + 1"),
        function("numbers_needed(variances, share)", "return int((variances.cumsum(0) < share).sum()) + 1"),
        function("numbers_needed(variances, share)", "return round(share * len(variances))"),
        function("numbers_needed(variances, share)", "return variances.cumsum(0) / variances.sum() >= share"),
    ],
    "check_most_improved_class": [
        'most_improved_class = "Sandal"',  # of the largest difference in MSE
        'most_improved_class = "Shirt"',  # of the smallest gain
        "most_improved_class = 1",
        "most_improved_class = np.array(fashion.classes)[[1, 2]]",
    ],
    # Lesson 2
    "check_count_parameters": [
        function("count_parameters(sizes)", "return sum(m * n for m, n in zip(sizes[:-1], sizes[1:]))"),
        function("count_parameters(sizes)", "return sum(m * n + m for m, n in zip(sizes[:-1], sizes[1:]))"),
        function("count_parameters(sizes)", "return sum(sizes)"),
        function("count_parameters(sizes)", "return sum(m**n + n for m, n in zip(sizes[:-1], sizes[1:]))"),
        function("count_parameters(sizes)", "return str(sum(m * n + n for m, n in zip(sizes[:-1], sizes[1:])))"),
    ],
    "check_relu_backward": [
        function("relu_backward(delta_h, a)", "return delta_h"),
        function("relu_backward(delta_h, a)", "return delta_h.clamp(min=0)"),
        function("relu_backward(delta_h, a)", "return delta_h * a.clamp(min=0)"),
    ],
    "check_prepare": [
        function("prepare(images)", "return images.flatten() / 255"),
        function("prepare(images)", "return images.reshape(len(images), -1)"),
        function("prepare(images)", "return images.reshape(len(images), -1) / images.max()"),
        function("prepare(images)", "return images / 255"),
    ],
    "check_units_in_use": [
        function(
            "units_in_use(codes)", "shares = (codes > 0).float().mean(0)", "return shares, int((shares < 0.01).sum())"
        ),
        function(
            "units_in_use(codes)", "shares = (codes > 0).float().mean(0)", "return shares, int((shares == 0).sum())"
        ),
        function(
            "units_in_use(codes)",
            "shares = (codes > 0).float().mean(1)",
            "return shares, int(((shares > 0) & (shares < 0.01)).sum())",
        ),
        function(
            "units_in_use(codes)",
            "shares = (codes != 0).float().mean(0)",
            "return shares, int(((shares > 0) & (shares < 0.01)).sum())",
        ),
        function(
            "units_in_use(codes)",
            "shares = (codes > 0).float().mean(0)",
            "return shares, ((shares > 0) & (shares < 0.01)).float().mean()",
        ),
        function("units_in_use(codes)", "return (codes > 0).float().mean(0)"),
        function(
            "units_in_use(codes)",
            "shares = (codes > 0).float().mean(0)",
            "return [shares, int(((shares > 0) & (shares < 0.01)).sum())]",
        ),
    ],
    # Lesson 3
    "check_training_step": [
        function(
            "training_step(model, optimizer, batch)",
            "loss = model.loss(batch)",
            "optimizer.zero_grad()",
            "loss.backward()",
            "optimizer.step()",
            "return loss",
        ),
        function("training_step(model, optimizer, batch)", "loss = model.loss(batch)", "return loss.item()"),
        function(
            "training_step(model, optimizer, batch)",
            "loss = model.loss(batch)",
            "loss.backward()",
            "optimizer.step()",
            "return loss.item()",
        ),
        function(
            "training_step(model, optimizer, batch)",
            "loss = model.loss(batch)",
            "loss.backward()",
            "optimizer.zero_grad()",
            "optimizer.step()",
            "return loss.item()",
        ),
    ],
    "check_psnr_from_sum_per_image": [
        function("psnr_from_sum_per_image(error, image_shape)", "return -10 * np.log10(error)"),
        function("psnr_from_sum_per_image(error, image_shape)", "return -10 * np.log10(error / 784)"),
        function(
            "psnr_from_sum_per_image(error, image_shape)",
            "return -10 * np.log10(error / (image_shape[1] * image_shape[2]))",
        ),
    ],
    "check_stopping_epoch": [
        function(
            "stopping_epoch(test_losses, patience)",
            "return test_losses.index(min(test_losses)) + 1",
        ),
        function(
            "stopping_epoch(test_losses, patience)",
            "for epoch in range(1, len(test_losses)):",
            "    if test_losses[epoch] > test_losses[epoch - 1]:",
            "        return epoch + 1",
            "return len(test_losses)",
        ),
        function(
            "stopping_epoch(test_losses, patience)",
            "best, best_epoch = float('inf'), 0",
            "for epoch, loss in enumerate(test_losses):",
            "    if loss < best:",
            "        best, best_epoch = loss, epoch",
            "    if epoch - best_epoch >= patience:",
            "        return epoch",
            "return len(test_losses)",
        ),
        function(
            "stopping_epoch(test_losses, patience)",
            "best, best_epoch = float('inf'), 0",
            "for epoch, loss in enumerate(test_losses, start=1):",
            "    if loss <= best:",
            "        best, best_epoch = loss, epoch",
            "    if epoch - best_epoch >= patience:",
            "        return epoch",
            "return len(test_losses)",
        ),
    ],
    "check_my_change": [
        'my_change = {"batch_size": 128}',
        'my_change = {"one_cycle": True}',
        'my_change = {"learning_rate": 4e-3, "one_cycle": True}',
        'my_change = {"epochs": 5}',
        'my_change = {"hidden": 256}',
        "my_change = 4e-3",
    ],
    # Lesson 4
    "check_to_symbols": [
        function("to_symbols(codes, step, lowest, highest)", "return torch.round(codes / step)"),
        function("to_symbols(codes, step, lowest, highest)", "return torch.round(codes.clamp(lowest, highest) / step)"),
        function("to_symbols(codes, step, lowest, highest)", "return (codes / step).int().clamp(lowest, highest)"),
        function(
            "to_symbols(codes, step, lowest, highest)", "return step * torch.round(codes / step).clamp(lowest, highest)"
        ),
    ],
    "check_cost_in_bytes": [
        function(
            "cost_in_bytes(symbols, counts)",
            "share = np.bincount(symbols, minlength=len(counts)) / len(symbols)",
            "return -np.log2(share[symbols]).sum() / 8",
        ),
        function(
            "cost_in_bytes(symbols, counts)", "share = counts / counts.sum()", "return -np.log2(share[symbols]).sum()"
        ),
        function(
            "cost_in_bytes(symbols, counts)",
            "share = counts / counts.sum()",
            "return -(share * np.log2(share)).sum() * len(symbols) / 8",
        ),
        function(
            "cost_in_bytes(symbols, counts)",
            "share = counts / counts.sum()",
            "return -np.log(share[symbols]).sum() / 8",
        ),
    ],
    "check_images_until_smaller": [
        function(
            "images_until_smaller(decoder_bytes, our_bytes, their_bytes)",
            "return decoder_bytes / (their_bytes - our_bytes)",
        ),
        function(
            "images_until_smaller(decoder_bytes, our_bytes, their_bytes)",
            "return int(np.ceil(decoder_bytes / (their_bytes - our_bytes)))",
        ),
        function(
            "images_until_smaller(decoder_bytes, our_bytes, their_bytes)", "return decoder_bytes // their_bytes + 1"
        ),
    ],
    "check_my_codec": [
        function(
            "my_codec(images)", 'return compression.Codec(training.pretrained("rate-64"), images[:2000], step=1.5)'
        ),
        function("my_codec(images)", 'return compression.Codec(training.pretrained("rate-32"), images[:2000], step=1)'),
        function("my_codec(images)", 'return training.pretrained("rate-64")'),
        function("my_codec(images)", "return compression.Codec(images)"),
        function(
            "my_codec(images)",  # for pictures of half the size
            "model = models.DenseAutoencoder(4, (8,), (1, 14, 14))",
            "return compression.Codec(model, data.as_float(images[:500])[:, :, ::2, ::2], step=1)",
        ),
    ],
    # Lesson 5
    "check_codes_in_range": [
        function(
            "codes_in_range(codes, random_numbers)", "return codes.min() + (codes.max() - codes.min()) * random_numbers"
        ),
        function("codes_in_range(codes, random_numbers)", "return codes.max(0).values * random_numbers"),
        function(
            "codes_in_range(codes, random_numbers)",
            "lowest, highest = codes.min(0).values, codes.max(0).values",
            "return lowest + highest * random_numbers",
        ),
        function("codes_in_range(codes, random_numbers)", "return random_numbers"),
    ],
    "check_draw_code": [
        function("draw_code(mean, log_variance, noise)", "return mean + log_variance * noise"),
        function("draw_code(mean, log_variance, noise)", "return mean + log_variance.exp() * noise"),
        function("draw_code(mean, log_variance, noise)", "return mean + (log_variance / 2).exp()"),
        function(
            "draw_code(mean, log_variance, noise)", "return mean + (log_variance / 2).exp() * torch.randn_like(mean)"
        ),
    ],
    "check_bits_per_pixel": [
        function("bits_per_pixel(cross_entropy, divergence, shape)", "return (cross_entropy + divergence) / np.log(2)"),
        function(
            "bits_per_pixel(cross_entropy, divergence, shape)",
            "return cross_entropy * np.prod(shape) + divergence",
        ),
        function(
            "bits_per_pixel(cross_entropy, divergence, shape)",
            "return (cross_entropy + divergence / np.prod(shape)) * np.log(2)",
        ),
        function(
            "bits_per_pixel(cross_entropy, divergence, shape)",
            "return (cross_entropy + divergence / np.prod(shape[1:])) / np.log(2)",
        ),
    ],
    "check_my_sampler": [
        function("my_sampler(model, images)", 'return generation.sample(model, images, "uniform", 5000)'),
        function("my_sampler(model, images)", 'return generation.sample(model, images, "gaussian", 5000)'),
        function("my_sampler(model, images)", "return data.as_float(images[:5000])"),
        function("my_sampler(model, images)", "return 0.99 * data.as_float(images[:5000])"),
        function("my_sampler(model, images)", "return model(data.as_float(images[:5000])).detach()"),
        function(
            "my_sampler(model, images)",
            "images = data.as_float(images[:5000])",
            "return images + 0.05 * torch.randn(images.shape)",
        ),
        function("my_sampler(model, images)", 'return generation.sample(model, images, "gaussian", 100)'),
        function("my_sampler(model, images)", "return images[:5000].double() / 255"),
        function("my_sampler(model, images)", "return images[:5000].float()"),
        function("my_sampler(model, images)", "return images[:5000] / 255 * float('nan')"),
    ],
    # Lesson 6
    "check_keep_what_is_known": [
        function("keep_what_is_known(damaged, repaired, lost)", "return torch.where(lost, damaged, repaired)"),
        function("keep_what_is_known(damaged, repaired, lost)", "return damaged + lost * repaired"),
        function("keep_what_is_known(damaged, repaired, lost)", "return lost * repaired"),
        function("keep_what_is_known(damaged, repaired, lost)", "damaged[lost] = repaired[lost]", "return damaged"),
    ],
    "check_energy": [
        function(
            "energy(decoded, damaged, lost, whitened, error)",
            "return ((decoded - damaged).square().sum() / error + whitened.square().sum()) / 2",
        ),
        function(
            "energy(decoded, damaged, lost, whitened, error)",
            "return ((decoded - damaged)[lost].square().sum() / error + whitened.square().sum()) / 2",
        ),
        function(
            "energy(decoded, damaged, lost, whitened, error)",
            "return ((decoded - damaged)[~lost].square().mean() / error + whitened.square().sum()) / 2",
        ),
        function(
            "energy(decoded, damaged, lost, whitened, error)",
            "return (decoded - damaged)[~lost].square().sum() / error + whitened.square().sum()",
        ),
    ],
    "check_back_projection": [
        function("back_projection(enlarged, small)", "return small.repeat_interleave(2, 2).repeat_interleave(2, 3)"),
        function(
            "back_projection(enlarged, small)",
            "lacking = F.avg_pool2d(enlarged, 2) - small",
            "return enlarged + lacking.repeat_interleave(2, 2).repeat_interleave(2, 3)",
        ),
        function(
            "back_projection(enlarged, small)",
            "lacking = small - enlarged[:, :, ::2, ::2]",
            "return enlarged + lacking.repeat_interleave(2, 2).repeat_interleave(2, 3)",
        ),
    ],
    "check_my_repair": [
        function("my_repair(images)", "return lambda damaged: damaged"),
        function("my_repair(images)", "return lambda damaged: F.avg_pool2d(damaged, 3, 1, 1)"),
        function("my_repair(images)", "return network"),
        function("my_repair(images)", "return lambda damaged: damaged[:10]"),
        function("my_repair(images)", "return lambda damaged: 255 * damaged"),
        function("my_repair(images)", "return lambda damaged: damaged * float('nan')"),
        function("my_repair(images)", "return lambda damaged: 1 / 0"),
        function("my_repair(images)", "return lambda damaged: (damaged.clone(), damaged.zero_())[0]"),
    ],
    # Lesson 7
    "check_two_distances": [
        function(
            "two_distances(first, second)",
            "from skimage.color import deltaE_ciede2000, rgb2lab",
            "in_ycbcr = ((first - second) @ TO_YCBCR.T).square().mean(1).sqrt()",
            "return in_ycbcr, deltaE_ciede2000(rgb2lab(first.numpy()), rgb2lab(second.numpy()))",
        ),
        function(
            "two_distances(first, second)",
            "from skimage.color import deltaE_ciede2000, rgb2lab",
            "in_ycbcr = ((first - second) @ TO_YCBCR.T).square().sum(1)",
            "return in_ycbcr, deltaE_ciede2000(rgb2lab(first.numpy()), rgb2lab(second.numpy()))",
        ),
        function(
            "two_distances(first, second)",
            "from skimage.color import deltaE_cie76, rgb2lab",
            "in_ycbcr = ((first - second) @ TO_YCBCR.T).norm(dim=1)",
            "return in_ycbcr, deltaE_cie76(rgb2lab(first.numpy()), rgb2lab(second.numpy()))",
        ),
        function(
            "two_distances(first, second)",
            "from skimage.color import deltaE_ciede2000, rgb2lab",
            "in_ycbcr = ((first - second) @ TO_YCBCR).norm(dim=1)",
            "return in_ycbcr, deltaE_ciede2000(rgb2lab(first.numpy()), rgb2lab(second.numpy()))",
        ),
        function(
            "two_distances(first, second)",
            "from skimage.color import deltaE_ciede2000",
            "in_ycbcr = ((first - second) @ TO_YCBCR.T).norm(dim=1)",
            "return in_ycbcr, deltaE_ciede2000(first.numpy(), second.numpy())",
        ),
    ],
    "check_sizes": [
        function("sizes(side, kernel, stride, padding)", "return side // stride, side * stride"),
        function(
            "sizes(side, kernel, stride, padding)",
            "return (side + padding - kernel) // stride + 1, (side - 1) * stride + kernel - padding",
        ),
        function(
            "sizes(side, kernel, stride, padding)",
            "return (side + 2 * padding - kernel) / stride + 1, (side - 1) * stride + kernel - 2 * padding",
        ),
        function(
            "sizes(side, kernel, stride, padding)",
            "smaller = (side + 2 * padding - kernel) // stride + 1",
            "return smaller, (smaller - 1) * stride + kernel - 2 * padding",
        ),
    ],
    "check_undo_shift": [
        function("undo_shift(images)", "return images"),
        function("undo_shift(images)", "return variation.move(images, variation.off_centre(images, 0), 0)"),
        function("undo_shift(images)", "return variation.move(images, -variation.off_centre(images, 0))"),
        function("undo_shift(images)", "return variation.move(images, -variation.off_centre(images), 0)"),
        function("undo_shift(images)", "return variation.move(images, -variation.off_centre(images, 0).flip(1), 0)"),
        function(
            "undo_shift(images)",
            "steps = variation.off_centre(images.mean(0, keepdim=True), 0)",
            "return variation.move(images, -steps.expand(len(images), 2), 0)",
        ),
        undo_shift(mass="(images > 0).float()"),
        undo_shift(mass="images.square()"),
        undo_shift(middle="width // 2, height // 2"),
        undo_shift(moved="torch.stack([each.roll((-y, -x), (1, 2)) for each, (x, y) in zip(images, steps.tolist())])"),
        function(
            "undo_shift(images)",  # the middle of the bounding box
            "height, width = images.shape[2:]",
            "moved = []",
            "for image in images:",
            "    _, rows, columns = image.nonzero(as_tuple=True)",
            "    right = (columns.min() + columns.max() - (width - 1)) / 2",
            "    down = (rows.min() + rows.max() - (height - 1)) / 2",
            "    steps = torch.stack([right, down])[None].round().long()",
            "    moved.append(variation.move(image[None], -steps, background=0))",
            "return torch.cat(moved)",
        ),
        undo_shift(moved="variation.move(images, -steps.flip(1), background=0)"),
    ],
    "check_my_loss": [
        function("my_loss(drawn, images)", "return F.l1_loss(drawn, images)"),
        function("my_loss(drawn, images)", "return F.mse_loss(drawn, images)"),
        function("my_loss(drawn, images)", "return F.mse_loss(drawn, images).item()"),
        function("my_loss(drawn, images)", "return (drawn - images).square()"),
        function("my_loss(drawn, images)", "return 1 / 0"),
        function("my_loss(drawn, images)", "return F.mse_loss(drawn, images) * float('nan')"),
    ],
    "check_blind_spot": [
        function("blind_spot(network, images)", "return images"),
        function("blind_spot(network, images)", "return (images + 0.4 * torch.rand_like(images) - 0.2).clamp(0, 1)"),
        function("blind_spot(network, images)", "return (images + 0.2 * torch.randn_like(images)).clamp(0, 1)"),
        function("blind_spot(network, images)", "return network(images).detach().clamp(0, 1)"),
        function("blind_spot(network, images)", "return 1 - images"),
        function("blind_spot(network, images)", "return images.flip(3)"),
        function("blind_spot(network, images)", "return images[:8]"),
        function("blind_spot(network, images)", "return 255 * images"),
        function("blind_spot(network, images)", "return images * float('nan')"),
    ],
    # Lesson 8
    "check_three_guesses": [
        function(
            "three_guesses(levels)", "return levels.median(), levels.float().mean(), torch.bincount(levels).argmax()"
        ),
        function(
            "three_guesses(levels)", "return levels.float().mean(), levels.median(), torch.bincount(levels).max()"
        ),
        function("three_guesses(levels)", "return levels.float().mean(), levels.median(), levels.max()"),
        function(
            "three_guesses(levels)", "return (levels.max() + levels.min()) / 2, levels.median(), levels.mode()[0]"
        ),
        function("three_guesses(levels)", "return [levels.float().mean(), levels.median(), levels.mode()[0]]"),
    ],
    "check_my_colourfulness": [
        colourfulness(scale="images"),
        colourfulness(correction=1),
        colourfulness(half="red + green - blue"),
        colourfulness(weight=1),
        colourfulness(end="(spread + 0.3 * offset)"),
        function("my_colourfulness(images)", "return images.std()"),
    ],
    "check_by_vote": [
        function("by_vote(lines, families)", "return lines"),
        by_vote("lines[members].any(0)"),
        by_vote("lines[members].all(0)"),
        by_vote("lines[members].float().mean(0) > 0.5"),
        by_vote("lines[members[0]]"),
        function("by_vote(lines, families)", "return (lines.float().mean(0) >= 0.5).expand_as(lines)"),
    ],
    "check_under_dots": [
        under_dots("F.max_pool2d(marks, 5, stride=1, padding=2).bool()"),
        under_dots("marks.bool()"),
        under_dots("F.max_pool2d(marks, 3, stride=1, padding=1).bool().expand_as(images)"),
        under_dots("F.max_pool2d(marks, 3, stride=1, padding=1).bool()", place="middles[:, 1], middles[:, 0]"),
        function(
            "under_dots(images, places)",  # wraps around at the rim
            "marks = torch.zeros(len(images), 1, *images.shape[2:], dtype=torch.bool)",
            "for mark, middles in zip(marks, places):",
            "    for row in (-1, 0, 1):",
            "        for column in (-1, 0, 1):",
            "            _, height, width = mark.shape",
            "            mark[0, (middles[:, 0] + row) % height, (middles[:, 1] + column) % width] = True",
            "return marks",
        ),
    ],
    "check_my_painter": [
        function("my_painter(grey, colour)", "return lambda images: images.expand(-1, 3, -1, -1)"),
        function("my_painter(grey, colour)", "return colour"),
        function("my_painter(grey, colour)", "return lambda images: images"),
        function("my_painter(grey, colour)", "return lambda images: colour[:len(images)]"),
        function("my_painter(grey, colour)", "return 1 / 0"),
        function("my_painter(grey, colour)", "return lambda images: 1 / 0"),
    ],
    # Lesson 9
    "check_scaled": [
        function(
            "scaled(codes, test_codes)",  # each unit by its own spread
            "mean, spread = codes.mean(0), codes.std(0)",
            "return (codes - mean) / spread, (test_codes - mean) / spread",
        ),
        function(
            "scaled(codes, test_codes)",  # the test codes by their own
            "return tuple((each - each.mean(0)) / each.var(0).mean().sqrt() for each in (codes, test_codes))",
        ),
        function(
            "scaled(codes, test_codes)",
            "divisor = codes.var(0).mean().sqrt()",
            "return codes / divisor, test_codes / divisor",
        ),
        function(
            "scaled(codes, test_codes)",  # one mean, and one spread around it
            "return (codes - codes.mean()) / codes.std(), (test_codes - codes.mean()) / codes.std()",
        ),
        function(
            "scaled(codes, test_codes)",
            "divisor = codes.std(0).mean()",
            "return (codes - codes.mean(0)) / divisor, (test_codes - codes.mean(0)) / divisor",
        ),
        function(
            "scaled(codes, test_codes)",
            "divisor = codes.var(0).mean()",
            "return (codes - codes.mean(0)) / divisor, (test_codes - codes.mean(0)) / divisor",
        ),
        function("scaled(codes, test_codes)", "return (codes - codes.mean(0)) / codes.var(0).mean().sqrt()"),
    ],
    "check_three_terms": [
        three_terms(invariance="(first - second).square().sum(1).mean()"),
        three_terms(invariance="(first - second).abs().mean()"),
        three_terms(variance="(1 - view.std(0)).mean() / 2"),
        three_terms(variance="(1 - view.var(0)).clamp(min=0).mean() / 2"),
        three_terms(variance="(1 - view.std(0).mean()).clamp(min=0) / 2"),
        three_terms(variance="(1 - view.std(1)).clamp(min=0).mean() / 2"),
        three_terms(variance="(1 - view.std(0)).clamp(min=0).mean()"),
        three_terms(covariance="matrix.square().sum() / len(matrix)"),
        three_terms(covariance="(matrix - matrix.diag().diag()).square().sum()"),
        three_terms(covariance="(matrix - matrix.diag().diag()).square().mean()"),
        three_terms(covariance="(matrix - matrix.diag().diag()).sum() / len(matrix)"),
        three_terms(covariance="(torch.corrcoef(view.T).square().sum() / len(matrix) - 1)"),
        three_terms(covariance="matrix.triu(1).square().sum() / len(matrix)"),
        three_terms(views="first, first"),
        three_terms(views="torch.cat([first, second]),"),
    ],
    "check_whole_numbers": [
        function("whole_numbers(codes, levels)", "return codes.round()"),
        function(
            "whole_numbers(codes, levels)",  # no squashing, only a cut
            "half = (levels - 1) / 2",
            "return codes + (codes.clamp(-half, half).round() - codes).detach()",
        ),
        function("whole_numbers(codes, levels)", "return ((levels - 1) / 2 * codes.tanh()).round()"),
        function(
            "whole_numbers(codes, levels)",  # a gradient of 1
            "return codes + (((levels - 1) / 2 * codes.tanh()).round() - codes).detach()",
        ),
        function(
            "whole_numbers(codes, levels)",
            "squashed = levels * codes.tanh()",
            "return squashed + (squashed.round() - squashed).detach()",
        ),
        function(
            "whole_numbers(codes, levels)",  # in -1 to 1
            "half = (levels - 1) / 2",
            "squashed = half * codes.tanh()",
            "return (squashed + (squashed.round() - squashed).detach()) / half",
        ),
        function(
            "whole_numbers(codes, levels)",  # in 0 to levels - 1
            "squashed = (levels - 1) * codes.sigmoid()",
            "return squashed + (squashed.round() - squashed).detach()",
        ),
        function(
            "whole_numbers(codes, levels)",  # its gradient lacks the factor
            "squashed = codes.tanh()",
            "return squashed + (((levels - 1) / 2 * squashed).round() - squashed).detach()",
        ),
        function(
            "whole_numbers(codes, levels)",
            "return torch.from_numpy(((levels - 1) / 2 * codes.tanh()).numpy()).round()",
        ),
    ],
    "check_next_unit": [
        next_unit(variance="covariance[K, K]"),
        next_unit(centred="known"),
        next_unit(weights="covariance[:K, K]"),
        next_unit(weights="covariance[:K, K] / covariance.diag()[:K]"),
        function(
            "next_unit(mean, covariance, known)",  # the last unit
            "K = known.shape[1]",
            "weights = torch.linalg.solve(covariance[:K, :K], covariance[:K, -1])",
            "return mean[-1] + (known - mean[:K]) @ weights, covariance[-1, -1] - covariance[-1, :K] @ weights",
        ),
        next_unit(weights="torch.linalg.inv(covariance)[:K, :K] @ covariance[:K, K]"),  # the inverse of too much
        next_unit(place="known.shape[1] - 1", centred="known[:, :-1] - mean[:K]"),
        next_unit(variance="(covariance[K, K] - covariance[K, :K] @ weights).sqrt()"),
        next_unit(variance="(covariance[K, K] - covariance[K, :K] @ weights).expand(len(known))"),
        function(
            "next_unit(mean, covariance, known)",
            "K = known.shape[1]",
            "return mean[K].expand(len(known)), covariance[K, K]",
        ),
    ],
    "check_cheat": [
        cheat("images", steps=0),
        cheat('data.as_float(data.load("fashion-mnist").train[-len(images):])', steps=0),
        cheat("(images + 0.1 * torch.randn_like(images)).clamp(0, 1)", steps=0),
        cheat(learning_rate=0.005),
        cheat(answer="0"),
        cheat(answer="1"),
        cheat(answer="int(told[1][0] < told[0][0])"),
        cheat(answer="int(told[1][1] > told[0][1])", learning_rate=0.03),
        cheat(answer="first"),
        cheat(answer="1 / 0"),
        cheat("pixels[:8]", steps=0),
        cheat("255 * pixels", steps=0),
        cheat("pixels * float('nan')", steps=0),
        cheat("images.zero_()", steps=0),
        cheat("1 / 0", steps=0),
    ],
    # Lesson 10
    "check_swapped": [
        function(
            "swapped(word, place)",  # no letter behind the last one
            "return word[:place] + word[place + 1] + word[place] + word[place + 2 :]",
        ),
        function(
            "swapped(word, place)",  # swaps with the one before
            "if place + 1 >= len(word):",
            "    return word",
            "return word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]",
        ),
        function(
            "swapped(word, place)",  # counts from 1
            "if place + 1 >= len(word):",
            "    return word",
            "return word[: place - 1] + word[place : place + 1] + word[place - 1 : place] + word[place + 1 :]",
        ),
        function(
            "swapped(word, place)",  # the last letter changes places with the first
            "letters, after = list(word), (place + 1) % len(word)",
            "letters[place % len(word)], letters[after] = letters[after], letters[place % len(word)]",
            "return ''.join(letters)",
        ),
        function(
            "swapped(word, place)",  # no text
            "letters = list(word)",
            "letters[place : place + 2] = letters[place : place + 2][::-1]",
            "return letters",
        ),
        function("swapped(word, place)", "return word[:place] + word[place : place + 2][::-1]"),
        function("swapped(word, place)", "return word[place : place + 2][::-1]"),
        function("swapped(word, place)", "return word"),
        function("swapped(word, place)", "return words.slip(word, random.Random(place))"),
        function(
            "swapped(word, place)",  # wherever the two letters are
            "pair = word[place : place + 2]",
            "return word.replace(pair, pair[::-1]) if len(pair) == 2 else word",
        ),
    ],
    "check_auroc": [
        function("auroc(normal, abnormal)", "return (abnormal[:, None] > normal).float().mean()"),
        function("auroc(normal, abnormal)", "return (abnormal[:, None] >= normal).float().mean()"),
        function(
            "auroc(normal, abnormal)",
            "higher = (normal[:, None] > abnormal).float()",
            "return (higher + (normal[:, None] == abnormal) / 2).mean()",
        ),
        function("auroc(normal, abnormal)", "return (abnormal[:, None] - normal).sign().mean()"),  # from -1 to 1
        function("auroc(normal, abnormal)", "return (abnormal > normal.mean()).float().mean()"),
        function(
            "auroc(normal, abnormal)",  # accuracy
            "line = torch.cat([normal, abnormal]).median()",
            "right = torch.cat([abnormal > line, normal <= line])",
            "return right.float().mean()",
        ),
        function(
            "auroc(normal, abnormal)",  # one number for each
            "return ((abnormal[:, None] > normal) + (abnormal[:, None] == normal) / 2).mean(1)",
        ),
        function("auroc(normal, abnormal)", "return (abnormal > normal).float().mean()"),
        function("auroc(normal, abnormal)", "return float('nan')"),
    ],
    "check_alarm_line": [
        function("alarm_line(normal, rate)", "return normal.quantile(1 - rate)"),
        function("alarm_line(normal, rate)", "return normal.sort().values[-int(len(normal) * rate)]"),
        function("alarm_line(normal, rate)", "return normal.sort(descending=True).values[round(len(normal) * rate)]"),
        function("alarm_line(normal, rate)", "return normal.sort(descending=True).values[int(len(normal) * rate) - 1]"),
        function("alarm_line(normal, rate)", "return normal.unique().flip(0)[int(len(normal) * rate)]"),
        function("alarm_line(normal, rate)", "return normal.sort().values[int(len(normal) * rate)]"),
        function(
            "alarm_line(normal, rate)",  # at most that share lies on the line or above it
            "return min(line for line in [*normal, torch.inf] if (normal >= line).float().mean() <= rate)",
        ),
        function("alarm_line(normal, rate)", "return normal.quantile(1 - rate, interpolation='lower')"),
        function("alarm_line(normal, rate)", "return normal.quantile(1 - rate, interpolation='higher')"),
        function("alarm_line(normal, rate)", "return normal.mean() + 1.64 * normal.std()"),
        function("alarm_line(normal, rate)", "return normal.sort(descending=True).values[: int(len(normal) * rate)]"),
    ],
    "check_zero_diagonal": [
        zero_diagonal(weights="one - g[:, None] * P"),
        zero_diagonal(weights="torch.linalg.solve(G + penalty * one, G).fill_diagonal_(0)"),
        zero_diagonal(products="G"),
        zero_diagonal(weights="P * g - one"),
        zero_diagonal(weights="P * g"),
        zero_diagonal(factors="P.diagonal()"),
        zero_diagonal(factors="1 / P.diagonal() - penalty", weights="one - P / P.diagonal()"),
        zero_diagonal(factors="(1 / P.diagonal()).diag()", weights="one - P @ g"),
        zero_diagonal(products="table @ table.T + penalty * torch.eye(len(table))"),
        zero_diagonal(products="G + penalty"),
        zero_diagonal(end="B"),
        zero_diagonal(end="B, g"),
        zero_diagonal(end="[g, B]"),
    ],
    "check_shirts": [
        my_score("distance"),
        my_score("-images.mean((1, 2, 3))"),
        my_score("-distance / contrast"),
        my_score("(images * (1 - images)).mean((1, 2, 3))"),  # for shirts alone
        my_score("distance * (images * (1 - images)).mean((1, 2, 3))"),
        my_score("distance / images.mean((1, 2, 3))"),
        my_score("torch.ones(len(images))"),
        my_score("distance[:, None] / contrast[:, None]"),
        my_score("distance / contrast * float('nan')"),
        my_score("(distance / contrast).tolist()"),
        my_score("1 / 0"),
        my_score("(images.zero_().mean((1, 2, 3)))"),
    ],
    # Lesson 11
    "check_accumulate": [
        accumulate(loss="network.loss(part)"),  # never divided
        accumulate(loss="network.loss(part) / len(parts)"),  # the last part is smaller
        accumulate(first="pass"),  # earlier gradients stay
        accumulate(first="pass", after="network.zero_grad()"),  # no gradient stays
        accumulate(loss="network.zero_grad() or network.loss(part)"),  # the last part's alone
        accumulate(parts="images[: len(images) // size * size].split(size)"),  # drops the smaller part
        accumulate(loss="network.loss(part) * size / len(images)"),
        accumulate(loss="network.loss(part) * len(part)"),  # a sum
        accumulate(loss="network.loss(part) / size"),
        accumulate(parts="[images]"),  # all at once
        accumulate(parts="images.chunk(size)"),  # as many parts as should be in one
        accumulate(loss="network.loss(images)", parts="[images[:size]]"),
        accumulate(
            end="torch.optim.SGD(network.parameters(), lr=0.1).step()",  # moves the weights as well
        ),
        accumulate(end="network.encoder.zero_grad()"),
        accumulate(end="1 / 0"),
        accumulate(loss="network.loss(part).detach()"),
        function(
            "accumulate(network, images, size)",  # one backward() for all, so that all is kept until then
            "network.zero_grad()",
            "sum(network.loss(part) * len(part) / len(images) for part in images.split(size)).backward()",
        ),
    ],
    "check_loss_weights": [
        function("loss_weights(counts)", "return counts / counts.sum()"),  # the mean divides once more
        function("loss_weights(counts)", "return counts / counts.max()"),
        function("loss_weights(counts)", "return torch.ones(len(counts))"),
        function("loss_weights(counts)", "return (counts > 0).float()"),
        function("loss_weights(counts)", "return counts.sum() / (len(counts) * counts)"),  # the other way round
        function("loss_weights(counts)", "return counts * (counts > 0).sum() / counts.sum()"),  # idle ones left out
        function("loss_weights(counts)", "return counts * len(counts) // counts.sum()"),
        function("loss_weights(counts)", "return counts.float()"),
        function("loss_weights(counts)", "return len(counts) / counts.sum()"),  # one factor for all
        function("loss_weights(counts)", "return counts.softmax(0)"),
        function("loss_weights(counts)", "return 'counts'"),
    ],
    "check_my_share": [
        my_share(seed="0"),  # forgot the epoch
        my_share(share="torch.cat([order, order])[rank : -(-count // workers) * workers : workers]"),  # repeats
        my_share(seed="epoch + rank"),  # each worker has an order of its own
        my_share(seed="rank", share="order[rank::workers]"),
        my_share(share="order[: count // workers * workers][rank::workers]"),  # drops the tail
        my_share(share="order[rank * (count // workers) : (rank + 1) * (count // workers)]"),
        my_share(share="order[rank * (count // workers) :][: count if rank == workers - 1 else count // workers]"),
        my_share(share="order.split(-(-count // workers))[rank]"),  # the last ones get less, or none at all
        my_share(share="order"),  # all to everyone
        my_share(order="torch.arange(count)"),
        my_share(order="torch.arange(count).roll(epoch)"),  # another order, but not a random one
        my_share(order="torch.randperm(count)"),  # from wherever torch's own generator is
        my_share(  # each worker keeps its pictures, and shuffles these
            order="torch.arange(count)[rank::workers]", share="order[torch.randperm(len(order), generator=generator)]"
        ),
        my_share(share="order[rank::workers].sort().values", seed="0"),
        my_share(share="order[rank::workers] + 1"),
        my_share(share="order[rank::workers].tolist()"),
        my_share(share="order[rank::workers].float()"),
        my_share(share="order[rank::workers][:, None]"),
        my_share(share="1 / 0"),
        function(
            "my_share(count, epoch, rank, workers)",  # the same pictures together, with another worker
            "order = torch.randperm(count, generator=torch.Generator().manual_seed(0))",
            "return order.roll(epoch)[rank::workers]",
        ),
    ],
    "check_read_profile": [
        read_profile(gain="total / seconds[worst]"),
        read_profile(overlapped="total / (total - load)"),  # as if loading were never the longer one
        read_profile(worst="max(seconds)"),  # the last name of the alphabet
        read_profile(worst="list(seconds)[0]"),
        read_profile(worst="min(seconds, key=seconds.get)"),
        read_profile(worst="max(seconds.values())", gain="total / (total - worst)"),  # the seconds, not the name
        read_profile(gain="total - seconds[worst]"),  # the seconds that are left
        read_profile(gain="(total - seconds[worst]) / total"),
        read_profile(gain="seconds[worst] / (total - seconds[worst])"),  # how many times as fast, less one
        read_profile(overlapped="total / min(load, total - load) if load else 1"),
        read_profile(overlapped="total / seconds[worst]"),
        read_profile(overlapped="max(load, total - load)"),
        read_profile(end="gain, worst, overlapped"),
        read_profile(end="worst, gain"),
        read_profile(end="[worst, gain, overlapped]"),
        read_profile(end="worst"),
        read_profile(end="1 / 0"),
    ],
    # Each takes some seconds, for it trains.
    "check_my_loop": [
        function("my_loop(network, images)", "exercises.usual_loop(network, images, epochs=5)"),
        function(
            "my_loop(network, images)",  # larger batches, and no larger steps
            "training.fit(network, images, epochs=10, batch_size=128, progress=False)",
        ),
        function("my_loop(network, images)", "exercises.usual_loop(network, images, epochs=10)"),
        function("my_loop(network, images)", "exercises.usual_loop(network, images[:1500], epochs=10)"),
        function(
            "my_loop(network, images)",
            "training.fit(network, images, epochs=1, learning_rate=1, progress=False)",
        ),
        function(
            "my_loop(network, images)",  # another network than the one that it gets
            "network = models.DenseAutoencoder(seed=1)",
            "training.fit(network, images, epochs=1, progress=False)",
            "return network",
        ),
        function("my_loop(network, images)", "return images"),
        function("my_loop(network, images)", "network.encoder[0].bias.data.fill_(float('nan'))"),
        function("my_loop(network, images)", "network.encoder[0].bias.data.add_(1)", "network.double()"),
        function("my_loop(network, images)", "network.decoder = torch.nn.Sequential(torch.nn.Linear(32, 9))"),
        function("my_loop(network, images)", "1 / 0"),
        function(
            "my_loop(network, images)",  # weights that somebody has trained before
            "network.load_state_dict(training.pretrained('dense-32').state_dict())",
        ),
    ],
}

"""Linear maps that fill in a table of who has what: ridge regression, and one that may not copy."""

import torch

from aelib import checks

MAX_COLUMNS = 10_000  # the inverse would take 0.8 GB


def ridge(table: torch.Tensor, penalty: float) -> torch.Tensor:
    """Return the weights (columns, columns) that reproduce each row of a table from itself, by ridge regression.

    ``table`` (rows, columns) has counts from 0 on, or true and false; ``table @ weights`` are the scores. The weights
    minimise the squared error plus ``penalty`` times the sum of their squares, and may copy: without a penalty they are
    1 on the diagonal. Raises as ``ease`` does.
    """
    products, penalty = _products(table, penalty)
    inverse_times = torch.linalg.solve(products + penalty * torch.eye(len(products), dtype=products.dtype), products)
    return inverse_times.float()


def ease(table: torch.Tensor, penalty: float) -> torch.Tensor:
    """Return the weights (columns, columns) that predict each column of a table from all others, but not from itself.

    Like ``ridge``, but with the diagonal held at 0, so that a column can only be guessed from the others. In closed
    form: Steck 2019, arXiv:1905.03375. Raises ``TypeError`` for anything but a tensor, ``ValueError`` for counts below
    0, NaN, another shape, a table without entries, a penalty that is not above 0, or more than 10,000 columns.
    """
    products, penalty = _products(table, penalty)
    inverse = torch.linalg.inv(products + penalty * torch.eye(len(products), dtype=products.dtype))
    weights = -inverse / inverse.diagonal()
    return weights.fill_diagonal_(0).float()


def _products(table: torch.Tensor, penalty: float) -> tuple[torch.Tensor, float]:
    """Return how often each pair of columns occurs together, (columns, columns) in float64, and the checked penalty."""
    checks.tensor(table, "table")
    checks.shape(table, ("rows", "columns"), "table")
    columns = table.shape[1]
    if columns > MAX_COLUMNS:
        raise ValueError(
            f"The weights of {columns:,} columns would take {3 * 8 * columns**2 / 1e9:,.0f} GB of memory. Keep the "
            f"{MAX_COLUMNS:,} columns with the most entries, or fewer."
        )
    if not (table.isfinite().all() and (table >= 0).all()):
        raise ValueError("A table has counts from 0 on, or true and false; this one has others, or NaN.")
    if not table.any():
        raise ValueError("There is no entry in this table.")
    penalty = checks.number(penalty, "penalty", above=0)
    table = table.detach().cpu().double()
    return table.T @ table, penalty

"""A map of codes to walk on."""

from collections.abc import Sequence

import matplotlib
import numpy as np
import torch
import traitlets
from matplotlib.patheffects import withStroke

from aelib import plots
from aelib.widgets import stills
from aelib.widgets.decoded import LivePicture, float32


class CodeExplorer(LivePicture):
    """A map of the codes of images, where the decoded picture follows the pointer or the arrow keys.

    If a code has two units, they are the map; for a larger one, the map shows the plane of the first two principal
    components. The points are the first 2,000 ``images`` (N, C, H, W), ``uint8`` or float in [0, 1], coloured by
    ``labels`` (N,), whose names are ``classes``. Two clicks, or Enter twice, mark the ends of a straight line to play.
    ``alt`` says what the still map shows, after a description of its layout.

    ``code`` is the code (1, code_size) under the marker.

    Raises ``TypeError`` for a model without ``encode`` or ``decode``, ``ValueError`` if it does not fit the images.
    """

    view = traitlets.Unicode("explorer").tag(sync=True)
    points = traitlets.Bytes().tag(sync=True)
    origin = traitlets.List().tag(sync=True)
    axes = traitlets.List().tag(sync=True)
    bounds = traitlets.List().tag(sync=True)
    colours = traitlets.List().tag(sync=True)
    position = traitlets.List().tag(sync=True)

    def __init__(
        self,
        model: object,
        images: torch.Tensor,
        labels: torch.Tensor | None = None,
        classes: Sequence[str] = (),
        *,
        alt: str = "",
    ) -> None:
        super().__init__(model, images, labels, classes)
        codes = self.real_codes
        if codes.shape[1] < 2:
            raise ValueError("A map needs codes of at least two units; this network has one. Use latent_sliders.")
        origin, axes = torch.zeros(2), torch.eye(2)
        if codes.shape[1] > 2:
            origin = codes.mean(0)
            axes = torch.linalg.svd(codes - origin, full_matrices=False).Vh[:2]  # the first two principal components
        points = (codes - origin) @ axes.T  # (N, code_size) => (N, 2)
        low, high = points.min(0).values, points.max(0).values
        margin = 0.03 * (high - low) + 1e-6
        (left, bottom), (right, top) = (low - margin).tolist(), (high + margin).tolist()
        self.set_trait("points", float32(points))
        self.set_trait("origin", origin.tolist())
        self.set_trait("axes", axes.tolist())
        self.set_trait("bounds", [left, right, bottom, top])
        self.set_trait("colours", [matplotlib.colors.to_hex(colour) for colour in plots.CLASS_COLOURS])
        self.set_trait("position", points[0].tolist())
        self.observe(self.send_picture, "position")
        self._still = _map_and_walk(self, points, alt)

    @property
    def code(self) -> torch.Tensor:
        """The code (1, code_size) under the marker."""
        return self.code_at(torch.tensor([self.position]))

    def code_at(self, positions: torch.Tensor) -> torch.Tensor:
        """Return the codes (N, code_size) of points (N, 2) on the map."""
        return torch.tensor(self.origin) + positions @ torch.tensor(self.axes)

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return "A map of codes; run the cell in a notebook to walk on it."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._still}, metadata


def _map_and_walk(explorer: CodeExplorer, points: torch.Tensor, alt: str) -> str:
    """Return, as HTML, the map, and the pictures on the straight line between two of its points."""
    start = points[0]
    last = int((points[:100] - start).square().sum(1).argmax())
    end = points[last]
    line = start + torch.linspace(0, 1, stills.IN_A_ROW)[:, None] * (end - start)  # (9, 2)
    labels = torch.from_numpy(np.frombuffer(explorer.class_of, dtype=np.uint8).copy())
    figure = plots.map_figure(points, labels, explorer.classes or [""])
    axes = figure.axes[0]
    axes.plot(*line.T.numpy(), color="black", marker="o", markersize=4)
    for letter, place in (("A", start), ("B", end)):
        axes.annotate(
            letter, place.tolist(), weight="bold", xytext=(-10, 5), textcoords="offset points", zorder=10,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )  # fmt: skip
    if len(explorer.origin) > 2:
        axes.set(xlabel="first principal component of the codes", ylabel="second")
    walk = plots.comparison({"from A to B": explorer.decode(explorer.code_at(line))})
    ends, lie, colour = "from A to B", "", ""
    if explorer.classes:
        middles = plots.middles(points, labels)
        from_left, from_bottom = (
            stills.listed([explorer.classes[label] for label in sorted(middles, key=lambda lab: middles[lab][axis])])
            for axis in (0, 1)
        )
        ends = "from A ({}) to B ({})".format(*(explorer.classes[labels[index]] for index in (0, last)))
        colour = ", in the colour of its class"
        lie = f" The middles of the classes lie, from left to right: {from_left}; from bottom to top: {from_bottom}."
    text = f"A map of the codes of {len(points)} images, one dot each{colour}.{lie} A straight line goes {ends}."
    return stills.picture(figure, text, alt) + (
        stills.picture(walk, f"{len(line)} decoded pictures, step by step along the line {ends}.", "")
    )

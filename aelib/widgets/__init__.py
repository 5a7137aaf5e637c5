"""Play with a network: pictures that follow sliders, a map of codes, a codec's quality, a brush, a pad to sketch on.

Make typos for it to mend, spoil a picture until an alarm rings, tick words to see what goes with them. Look at what was
measured: stages of pictures next to the judges' scores, and a plane of codes. And plan a training: what it costs, and
how far more workers help.

There is one file for each widget. Its browser side is in ``browser/views/``, under the name in its trait ``view``. The
browser itself evaluates networks whose layers it knows, so that the picture follows within one frame of the screen; any
other network runs in the kernel. Where a live widget cannot show, on GitHub or on paper, the cell shows a still picture
instead, with a text that says what is in it.
"""

from aelib.widgets.anomaly import AnomalySlider
from aelib.widgets.brush import BRUSH_KINDS, LOST_PIXELS, DamageBrush
from aelib.widgets.costs import CostCalculator
from aelib.widgets.decoded import MAX_CODES
from aelib.widgets.explorer import CodeExplorer
from aelib.widgets.judge import JudgeSlider
from aelib.widgets.mender import TypoMender
from aelib.widgets.photo import MARK, PREVIEW_SIDE, STILL_SIDE, PhotoRepair
from aelib.widgets.plane import CodePlane
from aelib.widgets.quality import CompressionSlider
from aelib.widgets.shared import ASSETS
from aelib.widgets.sketch import SketchPad
from aelib.widgets.sliders import SLIDERS_IN_SIGHT, LatentSliders
from aelib.widgets.suggestions import Suggestions
from aelib.widgets.variation import VariationSlider

# The names that lessons use, like the functions of the other modules.
latent_sliders = LatentSliders
code_explorer = CodeExplorer
compression_slider = CompressionSlider
damage_brush = DamageBrush
photo_repair = PhotoRepair
variation_slider = VariationSlider
sketch_pad = SketchPad
judge_slider = JudgeSlider
code_plane = CodePlane
anomaly_slider = AnomalySlider
suggestions = Suggestions
typo_mender = TypoMender
cost_calculator = CostCalculator

__all__ = [
    "ASSETS",
    "BRUSH_KINDS",
    "LOST_PIXELS",
    "MARK",
    "MAX_CODES",
    "PREVIEW_SIDE",
    "SLIDERS_IN_SIGHT",
    "STILL_SIDE",
    "AnomalySlider",
    "CodeExplorer",
    "CodePlane",
    "CompressionSlider",
    "CostCalculator",
    "DamageBrush",
    "JudgeSlider",
    "LatentSliders",
    "PhotoRepair",
    "SketchPad",
    "Suggestions",
    "TypoMender",
    "VariationSlider",
    "anomaly_slider",
    "code_explorer",
    "code_plane",
    "compression_slider",
    "cost_calculator",
    "damage_brush",
    "judge_slider",
    "latent_sliders",
    "photo_repair",
    "sketch_pad",
    "suggestions",
    "typo_mender",
    "variation_slider",
]

"""Make files of images: quantise the codes of an autoencoder, write them in as few bits as they need, read them again.

``codec`` has the format of the files, ``priors`` how likely which symbols are in them. ``curves`` measures what files
cost and show, and ``pictures`` writes those of the standard formats, the rivals.
"""

from aelib.compression.codec import CHECKSUM, HEADER, MAX_VALUES, Codec
from aelib.compression.curves import Point, best_jpegs, constant_bytes, rate_distortion, standard_rate_distortion
from aelib.compression.pictures import mosaic, read_picture, tiles, write_picture

__all__ = [
    "CHECKSUM",
    "HEADER",
    "MAX_VALUES",
    "Codec",
    "Point",
    "best_jpegs",
    "constant_bytes",
    "mosaic",
    "rate_distortion",
    "read_picture",
    "standard_rate_distortion",
    "tiles",
    "write_picture",
]

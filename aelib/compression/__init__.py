"""Make files of images: quantise an autoencoder's codes, write them in as few bits as they need, read them again.

``codec`` defines the file format, ``priors`` how likely each symbol is. ``curves`` measures the files' size and
quality, and ``pictures`` writes the rivals, files in the standard formats.
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

"""Get images: the embedded sets, the usual downloads, your own files."""

from aelib.data.arrays import load_npy
from aelib.data.conversions import BATCH, as_bytes, as_float, batches, clamped
from aelib.data.folders import load_folder, load_labelled_folder
from aelib.data.pictures import MAX_PICTURE_PIXELS, load_photo
from aelib.data.sets import DEBIAN_COPIES, DOWNLOADED, EMBEDDED, Dataset, load

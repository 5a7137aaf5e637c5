"""Networks that turn an image into a code and back, one that tells classes apart, and those that mend images."""

from aelib.models.classifier import Classifier
from aelib.models.convolutional import ConvAutoencoder
from aelib.models.dense import ACTIVATIONS, MAX_PCA_PIXELS, DenseAutoencoder, pca
from aelib.models.linear import ease, ridge
from aelib.models.network import Network, evaluation_mode
from aelib.models.photos import DenoisingNet, DoublingNet, ScratchNet
from aelib.models.rate import RateAutoencoder
from aelib.models.unet import FillingNet, RepairNet
from aelib.models.variational import VariationalAutoencoder
from aelib.models.words import WordAutoencoder

# The classes that a file may name: training.save writes no other, and training.load_model builds no other.
NETWORKS = {
    kind.__name__: kind
    for kind in (
        Classifier,
        ConvAutoencoder,
        DenoisingNet,
        DenseAutoencoder,
        DoublingNet,
        FillingNet,
        RateAutoencoder,
        RepairNet,
        ScratchNet,
        VariationalAutoencoder,
        WordAutoencoder,
    )
}

"""Networks that turn an image into a code and back, one that recognises classes, and those that mend images."""

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

# The only classes that training.save writes and training.load_model builds.
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

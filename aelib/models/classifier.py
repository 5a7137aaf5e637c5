"""A network that recognises classes of images."""

import torch
from torch import nn

from aelib import checks
from aelib.models.network import Network, check_images, first_weights


class Classifier(Network):
    """A small convolutional network that recognises classes of images; its features help to judge generated images.

    ``image_shape`` is (C, H, W), both sides multiples of 4. Raises ``ValueError`` for other sizes.
    """

    def __init__(
        self, classes: int = 10, feature_size: int = 64, image_shape: tuple[int, int, int] = (1, 28, 28), seed: int = 0
    ) -> None:
        super().__init__()
        self.classes = checks.whole(classes, "classes", 1)
        self.feature_size = checks.whole(feature_size, "feature_size", 1)
        self.image_shape = channels, height, width = checks.sizes(image_shape, "image_shape", "CHW")
        if height % 4 or width % 4:
            raise ValueError(f"The sides of the images must be multiples of 4; got image_shape={self.image_shape}.")
        with first_weights(seed):
            self.body = nn.Sequential(
                nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 16, H/2, W/2)
                nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 32, H/4, W/4)
                nn.Flatten(), nn.Linear(32 * (height // 4) * (width // 4), self.feature_size), nn.ReLU(),
            )  # fmt: skip
            self.head = nn.Linear(self.feature_size, self.classes)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return the values (N, feature_size) before the last layer, for float images (N, C, H, W) in [0, 1].

        Raises ``ValueError`` for images of another shape, ``TypeError`` for images that are not float.
        """
        check_images(self, images, self.image_shape)
        return self.body(images)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return a score (N, classes) for each class; the predicted class has the highest. Raises as features."""
        return self.head(self.features(images))

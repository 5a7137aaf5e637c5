"""An autoencoder of words."""

import torch
from torch import nn
from torch.nn import functional as F

from aelib import checks
from aelib.models.network import Network, first_weights

SYMBOLS = 27  # no letter, and a to z


class WordAutoencoder(Network):
    """A dense autoencoder of words: from letters through one hidden layer to a code, and back.

    Words are letters (N, places) as whole numbers, 0 for no letter, then 1 to 26. The encoder sees each word twice,
    from its beginning and from its end, so that an extra letter at the front does not move all others. The ``seed``
    fixes the initial weights. Raises ``ValueError`` for sizes below one.
    """

    def __init__(self, code_size: int = 128, hidden: int = 400, places: int = 16, seed: int = 0) -> None:
        super().__init__()
        self.code_size = checks.whole(code_size, "code_size", 1)
        self.hidden = checks.whole(hidden, "hidden", 1)
        self.places = checks.whole(places, "places", 1)
        with first_weights(seed):
            self.encoder = nn.Sequential(
                nn.Linear(2 * self.places * SYMBOLS, self.hidden), nn.SiLU(), nn.Linear(self.hidden, self.code_size)
            )
            self.decoder = nn.Sequential(
                nn.Linear(self.code_size, self.hidden), nn.SiLU(), nn.Linear(self.hidden, self.places * SYMBOLS)
            )

    def encode(self, letters: torch.Tensor) -> torch.Tensor:
        """Turn letters (N, places) into codes (N, code_size).

        Raises ``TypeError`` for anything but whole numbers, ``ValueError`` for another number of places, or letter.
        """
        checks.tensor(letters, "letters")
        if letters.is_floating_point() or letters.dtype == torch.bool:
            raise TypeError(
                f"letters must be whole numbers from 0 to 26, as words.as_letters has them; got {letters.dtype}."
            )
        checks.taken(letters, (self.places,), "This network", "letters")
        both = torch.cat([letters, from_the_end(letters)], 1).long()  # (N, 2 · places)
        if both.numel() and not 0 <= both.min() <= both.max() < SYMBOLS:
            raise ValueError(f"letters must lie from 0 to 26; these go from {both.min()} to {both.max()}.")
        return self.encoder(F.one_hot(both, SYMBOLS).to(self.encoder[0].weight.dtype).flatten(1))

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Turn codes (N, code_size) into scores (N, places, 27) of all symbols; softmax gives probabilities.

        Raises ``ValueError`` for codes of another shape.
        """
        checks.taken(codes, (self.code_size,), "This network", "codes")
        return self.decoder(codes).unflatten(1, (self.places, SYMBOLS))

    def forward(self, letters: torch.Tensor) -> torch.Tensor:
        """Return the scores (N, places, 27) of all symbols, for letters (N, places). Raises as ``encode`` does."""
        return self.decode(self.encode(letters))

    def loss(self, letters: torch.Tensor, meant: torch.Tensor) -> torch.Tensor:
        """Return the cross-entropy of what was ``meant``, given what ``letters`` spell, in nats, mean per place."""
        return F.cross_entropy(self(letters).flatten(0, 1), meant.flatten().long())


def from_the_end(letters: torch.Tensor) -> torch.Tensor:
    """Return letters (N, places) in reverse, last letter first, with the empty places still at the end."""
    lengths = (letters > 0).sum(1, keepdim=True)  # (N, 1)
    places = torch.arange(letters.shape[1], device=letters.device)
    return letters.gather(1, (lengths - 1 - places).clamp(min=0)) * (places < lengths)

"""The settings of `python -m experiments fine-tuning`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One fine-tuning.

    Attributes:
        cutouts: number of cut-outs; 0 trains on drawn foregrounds only.
        learning_rate: the highest rate.
        masks: whether the cut-outs were made with a mask instead of their true alpha.
        frozen: frozen layers: `"batch_norm"`, `"encoders"` (with BatchNorm everywhere), or `""` for none.
        drawn: share of samples with a drawn foreground instead of a cut-out.
        length: factor of the number of steps.
        seed: seed of samples and batches.
    """

    cutouts: int = 80
    learning_rate: float = 5e-4
    masks: bool = False
    frozen: str = "batch_norm"
    drawn: float = 0.5
    length: int = 1
    seed: int = 0

    def differs_in_size_only(self) -> bool:
        """Return whether only the number of cut-outs or of steps differs from the defaults."""
        return self.cutouts > 0 and self == Setting(cutouts=self.cutouts, length=self.length)


#: {name: setting}
SETTINGS = {
    **{str(cutouts): Setting(cutouts) for cutouts in (5, 20, 80)},
    **{f"{cutouts}_long": Setting(cutouts, length=3) for cutouts in (5, 80)},
    "seed_1": Setting(seed=1),
    "masks": Setting(masks=True),
    "rate_1e-4": Setting(learning_rate=1e-4),
    "no_drawn": Setting(drawn=0.0),
    "frozen_encoders": Setting(frozen="encoders"),
    "batch_norm": Setting(frozen=""),
    "drawn": Setting(cutouts=0, drawn=1.0),
}

#: {name: label in the figure} of `80` and of settings that differ from it in one point other than length and size
LABELS = {
    "80": "80 cut-outs as above",
    "seed_1": "another seed",
    "masks": "cut out by masks",
    "rate_1e-4": "rate 1e-4",
    "no_drawn": "no drawn foregrounds",
    "drawn": "drawn foregrounds only",
    "frozen_encoders": "encoders frozen",
    "batch_norm": "BatchNorm trains",
}

"""``ppo``: the learner's numbers."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import Flag, Fraction, Section


class Ppo(Section):
    """The learner's numbers."""

    learning_rate: float = Field(3e-4, gt=0.0, description="Step size.")
    clip_param: Fraction = Field(0.2, description="Clip of the policy ratio.")
    value_clip: Fraction = Field(0.2, description="Clip of the value change.")
    value_loss_coef: float = Field(0.5, ge=0.0, description="Weight of the value loss.")
    entropy_coef: float = Field(0.01, ge=0.0, description="Weight of the entropy bonus.")
    max_grad_norm: float = Field(0.5, ge=0.0, description="Largest gradient norm.")
    num_epochs: int = Field(4, ge=1, le=64, description="Passes over a batch.")
    mini_batch_size: int = Field(32, ge=1, description="Samples per step.")
    num_mini_batches: int = Field(4, ge=1, le=1024, description="Steps per pass.")
    gae_lambda: Fraction = Field(0.95, description="Lambda of the advantage estimate.")
    gamma: Fraction = Field(0.99, description="Discount.")
    advantage_normalization: Flag = Field(True, description="Normalise advantages.")

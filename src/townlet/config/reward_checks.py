"""Rewards that teach the wrong thing, as sentences for ``townlet config check``."""

from __future__ import annotations

from townlet.config.model import SimulationConfig
from townlet.config.sections.shaping import Shaping

#: The largest penalty there is.
_LARGEST = -5.0


def worst_tick(cfg: SimulationConfig) -> float:
    """Reward of a tick with every need empty, nothing earned and nobody met; at most 0."""
    weights = sum(need.weight for need in cfg.needs_table())
    worst = cfg.rewards.survival_tick - cfg.rewards.homeostasis_scale * weights
    return min(0.0, max(worst, -cfg.rewards.clip.clip_per_tick))


def dying_pays(cfg: SimulationConfig) -> list[str]:
    """Say which penalty of leaving is smaller than what living on may cost (SPEC §13).

    Whoever goes on for ever in the worst state loses ``worst tick / (1 - gamma)``; a learner that
    is charged less for leaving learns to leave.
    """
    gamma, worst = (cfg.shaping or Shaping()).gamma, worst_tick(cfg)
    if worst == 0.0:
        return []
    cost = -worst / (1.0 - gamma) if gamma < 1.0 else float("inf")
    ways = "rewards.homeostasis_scale or shaping.gamma smaller"
    found = []
    for key in ("faint_penalty", "eviction_penalty"):
        penalty = getattr(cfg.rewards, key)
        if -penalty < cost:
            what = ways if penalty <= _LARGEST else f"the penalty larger, or {ways}"
            found.append(
                f"dying pays: rewards.{key} is {penalty:g}, and living on with every need empty is"
                f" worth {worst:.4g} a tick, which a discount (shaping.gamma) of {gamma:g} makes"
                f" {-cost:.4g}; make {what}."
            )
    return found

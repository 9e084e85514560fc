"""The recorder: runs a policy and writes its trajectories, tick by tick and file by file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet import __version__
from townlet.capture.columns import EXTRAS, OWNER, Arrays, final_columns, step_columns
from townlet.capture.files import capture_folder
from townlet.capture.formats import checked_format
from townlet.capture.metrics import Metrics
from townlet.capture.policies import (
    UNIFORM,
    Choice,
    GivenPolicy,
    Moment,
    RandomPrimitives,
    uniform_log_probs,
)
from townlet.capture.reader import Capture
from townlet.capture.witness import Witness
from townlet.capture.writer import Writer
from townlet.config import SimulationConfig, load_config
from townlet.errors import UserError
from townlet.learner import Learner, Variant
from townlet.orders import LEVELS
from townlet.simulation import Simulation
from townlet.suggest import nearest
from townlet_components.identity import Identity
from townlet_components.lifecycle import CAUSES
from townlet_components.rewards import TERMS
from townlet_components.rows import Rows

if TYPE_CHECKING:
    import polars as pl

#: Bytes of rows that wait for a file, unless a single tick has more.
CHUNK_BYTES = 64 << 20


class Recorder:
    """A run of a policy that is being written down.

    A step is an agent and a tick at whose beginning it lived in town: who arrives has not seen
    anything yet, so that its first tick is no step. Call :meth:`run`, then :meth:`finish`.

    Args:
        config: a path or a loaded config.
        folder: an empty one, to write into.
        towns, seed, agents: see :meth:`Simulation.from_config`.
        policy: name of the town's policy, or a policy of one's own; None: the config's.
        observations: the variant; None: the config's ``features.systems.observations``.
        form: ``"parquet"`` or ``"npz"``.
        level: what actions are, ``"option"`` or ``"primitive"``; None: the config's
            ``policy_runtime.action_level``.
        chunk_bytes: bytes of rows that wait for a file, unless a single tick has more.
        options: what :meth:`Simulation.from_config` takes besides.

    Attributes:
        sim: the simulation.
        manifest: of the finished capture.
        trajectories: a row of metrics for each, when it is finished.

    Raises:
        UserError: the config or an argument is wrong; a sentence.
    """

    trajectories: pl.DataFrame

    def __init__(
        self,
        config: str | Path | SimulationConfig,
        folder: Path,
        *,
        towns: int = 1,
        seed: int | None = None,
        agents: int | None = None,
        policy: str | GivenPolicy | None = None,
        observations: Variant | None = None,
        form: str = "parquet",
        level: str | None = None,
        chunk_bytes: int = CHUNK_BYTES,
        **options: Any,
    ) -> None:
        checked_format(form)
        model = config if isinstance(config, SimulationConfig) else load_config(Path(config))
        level = level or model.policy_runtime.action_level
        if level not in LEVELS:
            raise UserError(f"unknown action level {level!r}{nearest(level, LEVELS)}")
        self._level = level
        self._town_policy, self._policy = _chosen(model, policy, level)
        self._witness = Witness(self._town_policy)
        variant = observations or model.features.systems.observations
        self.sim = sim = Simulation.from_config(
            model, towns, seed, agents, policy=self._town_policy, steps=self._witness.steps(),
            learner=Learner(True, variant), **options,
        )  # fmt: skip
        self._witness.bind(sim.store)
        self._view, self._rewards = sim.observation(), sim.rewards()
        self._identity, self._row_of = sim.store.read(Identity), sim.store.read(Rows).row_of
        if self._policy is not None:
            self._policy.start(sim.seed)
            unknown = set(self._policy.extras) - set(EXTRAS)
            if unknown:
                raise UserError(f"a policy has no extra {min(unknown)!r}; it may have {EXTRAS}")
        self._extras = tuple(name for name in EXTRAS if name in self._known())
        names = self._names = list(getattr(sim.blueprint, f"{level}_names"))
        shape, slots = sim.observation_shape, len(self._row_of)
        self._metrics = Metrics(slots, names, sim.features().names, self._extras)
        columns = {
            "steps": step_columns(shape, len(names), self._extras), "finals": final_columns(shape),
        }  # fmt: skip
        head = self._head() | {
            "format": form,
            "columns": {t: [vars(column) for column in columns[t]] for t in columns},
        }
        self._writer = Writer(folder, form, columns, head, slots, chunk_bytes)
        self._last: tuple[npt.NDArray[np.int64], npt.NDArray[np.int16], Arrays] | None = None
        self.manifest: dict[str, Any] = {}

    def _known(self) -> tuple[str, ...]:
        """What is known of each action besides."""
        if self._policy is not None:
            return self._policy.extras
        drawn = self._town_policy == UNIFORM and self._level == "option"
        return ("old_log_probs",) if drawn else ()

    def _head(self) -> dict[str, Any]:
        """What the manifest says from the beginning on."""
        sim, schema, policy = self.sim, self.sim.features(), self._policy
        return {
            "complete": False, "interrupted": False, "state_hash": None,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "townlet": __version__,
            **_origin(sim.config),
            "policy": {
                "name": self._town_policy if policy is None else policy.name,
                "kind": "town" if policy is None else "given",
                "town_policy": self._town_policy,
                "observation_hash": schema.schema_hash,
                **({} if policy is None else {"identity": dict(policy.identity())}),
            },
            "level": self._level, "actions": self._names,
            "seed": sim.seed, "towns": sim.towns, "agents": sim.agents, "slots": sim.capacity,
            "ticks": 0,
            "observation": {
                "variant": schema.variant, "schema_version": schema.version,
                "schema_hash": schema.schema_hash, "channels": schema.channels,
                "side": schema.side, "features": schema.names,
            },
            "reward_terms": TERMS, "causes": CAUSES,
        }  # fmt: skip

    # -- time --------------------------------------------------------------------------------

    def run(self, ticks: int) -> None:
        """Run that many ticks."""
        for _ in range(ticks):
            self._tick()

    def reset_timings(self) -> None:
        """Start the timings anew."""
        self.sim.reset_timings()

    def _tick(self) -> None:
        """Look, act, and write down what came of it."""
        at = np.flatnonzero(self._view.live)
        mask = getattr(self.sim.masks(self._level), self._level)
        steps = self._writer.take("steps", len(at))
        rows = self._row_of[at]
        self._describe(at, steps, self.sim.tick + 1)
        np.take(mask, rows, axis=0, out=steps["mask"])
        numbers = self._identity.name[rows]
        choice = self._advance(mask)
        self._note_choice(at, steps, choice)
        self._note_outcome(at, steps)
        self._metrics.add(at, steps)
        self._last = at, numbers, steps
        if steps["terminated"].any():
            self._end(steps["terminated"])

    def _describe(self, at: npt.NDArray[np.int64], rows: Arrays, tick: int) -> None:
        """Fill in who somebody is and what it sees now."""
        capacity = self.sim.capacity
        who = at // capacity, at % capacity, self._identity.generation[self._row_of[at]], tick
        for name, value in zip(OWNER, who, strict=True):
            rows[name][...] = value
        for name in ("map", "features"):
            rows[name][...] = getattr(self._view, name)[at]

    def _advance(self, mask: npt.NDArray[np.bool_]) -> Choice | None:
        """Run a tick; returns what a given policy has decided."""
        if self._policy is None:
            self.sim.run(1)
            return None
        order = self._row_of
        moment = Moment(
            self.sim.tick + 1, self._view, mask[order], self._identity.generation[order]
        )
        choice = self._policy.choose(moment)
        self.sim.step(choice.actions, self._level, ~self._view.live)
        return choice

    def _note_choice(self, at: npt.NDArray[np.int64], steps: Arrays, choice: Choice | None) -> None:
        """Fill in what everybody did, and whether that was chosen in this tick."""
        witness, rows = self._witness, self._row_of[at]
        taken, chosen = steps["actions"], steps["chosen"]
        taken[:] = getattr(witness, self._level)[rows]
        if choice is not None:
            given = choice.actions[at]
            np.greater_equal(given, 0, out=chosen)
            np.copyto(taken, given, where=chosen)
        elif self._level == "option":
            chosen[:] = witness.decided[rows]
        else:
            chosen[:] = steps["mask"][np.arange(len(at)), taken]
        extras = None if choice is None else (choice.log_probs, choice.values)
        for name in self._extras:
            values = None if extras is None else extras[EXTRAS.index(name)]
            if extras is None:
                steps[name][:] = np.where(chosen, uniform_log_probs(steps["mask"]), 0)
            elif values is None:
                raise UserError(f"policy {self._policy_name!r} did not give its {name}")
            else:
                steps[name][:] = values[at]

    @property
    def _policy_name(self) -> str:
        """Name of who decides."""
        return self._town_policy if self._policy is None else self._policy.name

    def _note_outcome(self, at: npt.NDArray[np.int64], steps: Arrays) -> None:
        """Fill in rewards, and who has left."""
        rows = self._row_of[at]
        np.take(self._rewards.total, rows, out=steps["rewards"])
        for term in TERMS:
            np.take(getattr(self._rewards, term), rows, out=steps[f"reward_{term}"])
        np.logical_not(self._view.live[at], out=steps["terminated"])
        steps["truncated"][:] = False
        steps["cause"][:] = np.where(steps["terminated"], self._witness.cause[rows], 0)

    def _end(self, whose: npt.NDArray[np.bool_]) -> None:
        """End trajectories of the last tick: of some of its steps."""
        if self._last is None:
            return
        at, numbers, steps = self._last
        ends = {name: steps[name][whose] for name in steps if name not in ("map", "features")}
        self._metrics.close(at[whose], numbers[whose], ends)
        finals = self._writer.take("finals", int(whose.sum()))
        for name in OWNER:
            finals[name][:] = ends[name]
        for name in ("map", "features"):
            finals[name][...] = getattr(self._view, name)[at[whose]]

    def finish(self, *, interrupted: bool = False) -> dict[str, Any]:
        """End what goes on, which is truncated, and write what waits; returns the manifest.

        Args:
            interrupted: somebody wanted it to end earlier.

        Raises:
            OSError: the disk is full or closed to us; what the manifest names is whole.
        """
        if self._last is not None:
            steps = self._last[2]
            np.logical_not(steps["terminated"], out=steps["truncated"])
            self._end(steps["truncated"])
        content = {
            "complete": True,
            "interrupted": interrupted,
            "ticks": self.sim.tick,
            "state_hash": f"{self.sim.hash():016x}",
        }
        self.trajectories = self._metrics.frame(self.sim.blueprint.names)
        self.manifest = self._writer.finish(self.trajectories, content)
        return self.manifest


def _origin(config: SimulationConfig) -> dict[str, Any]:
    """The config, where it lay (None: made in Python), and its scene, which its file names."""
    source, scene = config.source, config.scenario
    name = config.config_id if source is None else source.stem
    return {
        "config": {
            "id": config.config_id,
            "hash": config.config_hash(),
            "path": None if source is None else str(source),
        },
        "scenario": None if scene is None else {"name": name, "description": scene["description"]},
    }


def _chosen(
    model: SimulationConfig, policy: str | GivenPolicy | None, level: str
) -> tuple[str, GivenPolicy | None]:
    """Name of the town's policy, and the given one, if there is one."""
    own = model.runtime.policy.provider
    if policy is not None and not isinstance(policy, str):
        return own, policy
    name = policy or own
    # The town's random policy draws options; whoever asks for primitives wants these to be drawn.
    return name, RandomPrimitives() if name == UNIFORM and level == "primitive" else None


def record(
    config: str | Path | SimulationConfig, folder: str | Path, ticks: int, **options: Any
) -> Capture:
    """Run a policy for a number of ticks and write its trajectories into a new folder.

    Args:
        config: a path or a loaded config.
        folder: a new or an empty one.
        ticks: at least 1.
        options: see :class:`Recorder`.

    Raises:
        UserError: the folder is not empty, or the config or an argument is wrong; a sentence.
    """
    if ticks < 1:
        raise UserError(f"ticks is {ticks}; it must be at least 1")
    with capture_folder(Path(folder)):
        recorder = Recorder(config, Path(folder), **options)
        recorder.run(ticks)
        return Capture(Path(folder), recorder.finish())

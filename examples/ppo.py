"""PPO on Townlet in one file, in the manner of CleanRL: ``python examples/ppo.py --minutes 8``.

Every agent of every town is one learner's experience; all share one network. What is special about
towns: an option binds an agent for a while, so most ticks leave nothing to choose. The loop looks
at decisions alone: a decision's reward is what the ticks up to the next one bring, discounted tick
by tick (a semi-Markov decision process: Sutton, Precup and Singh, 1999). PPO: Schulman et al.,
2017; generalised advantage estimation: Schulman et al., 2016.

While it learns, the policy is held against the scripted one and against each constant option, in
towns that nobody learned from. ``--out DIR`` keeps numbers, curve and weights.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.distributions import Categorical

from townlet.env import TownVectorEnv, tensors

DAY = 1440
#: The first town of those that are evaluated on; nobody learns from it or from those after it.
HELD_OUT_SEED = 100_000
Actions = npt.NDArray[np.int32]
#: Features (n, F) and open options (n, O) of those who have a choice, to options (n,).
Policy = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def option(default: Any, text: str) -> Any:
    """A setting with its help text."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Settings:
    """What can be set; the command line has a flag for each."""

    config: str = option("configs/town.yaml", "the town")
    towns: int = option(16, "towns to learn from at a time")
    minutes: float = option(3.0, "how long to learn, evaluation left out")
    ticks: int = option(120, "ticks between two updates")
    days: int = option(3, "days after which the towns make room for others")
    rate: float = option(1e-3, "learning rate at the start; it falls to 0")
    gamma: float = option(0.997, "discount per tick")
    trace: float = option(0.95, "lambda of the advantage estimate, per decision")
    epochs: int = option(4, "passes over the decisions of an update")
    minibatch: int = option(1024, "decisions per gradient step")
    clip: float = option(0.2, "how far an update may move a probability ratio")
    entropy: float = option(0.003, "weight of the entropy bonus")
    hidden: int = option(128, "width of the two hidden layers")
    seed: int = option(1, "of network and towns")
    held_out: int = option(20, "towns to evaluate on")
    held_out_days: int = option(2, "days of an evaluation")
    every: int = option(30, "updates between two evaluations")
    out: str = option("", "folder for results; none: nothing is kept")


class Network(nn.Module):
    """Two hidden layers, shared by the options and the value."""

    def __init__(self, features: int, options: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()
        )
        self.actor, self.critic = nn.Linear(hidden, options), nn.Linear(hidden, 1)
        nn.init.orthogonal_(self.actor.weight, 0.01)
        nn.init.zeros_(self.actor.bias)

    def forward(
        self, features: torch.Tensor, mask: torch.Tensor
    ) -> tuple[Categorical, torch.Tensor]:
        """Distribution over the open options, and value."""
        hidden = self.body(features)
        logits = self.actor(hidden).masked_fill(mask == 0, -1e9)
        return Categorical(logits=logits, validate_args=False), self.critic(hidden).squeeze(-1)


@dataclass
class Now:
    """Where all stand: features (n, F), open options (n, O), whose episode has just ended."""

    obs: npt.NDArray[np.float32]
    mask: npt.NDArray[np.int8]
    ended: npt.NDArray[np.bool_]


@dataclass
class Rollout:
    """Decisions of one stretch of ticks, in the order they were taken."""

    features: list[torch.Tensor] = field(default_factory=list)
    mask: list[torch.Tensor] = field(default_factory=list)
    action: list[torch.Tensor] = field(default_factory=list)
    logp: list[torch.Tensor] = field(default_factory=list)
    value: list[torch.Tensor] = field(default_factory=list)
    who: list[npt.NDArray[np.int64]] = field(default_factory=list)
    reward: list[npt.NDArray[np.float32]] = field(default_factory=list)
    ended: list[npt.NDArray[np.bool_]] = field(default_factory=list)


def make_env(settings: Settings, towns: int) -> TownVectorEnv:
    """Towns with the features of the hybrid observation; nobody is cut off, people just live on."""
    return TownVectorEnv(settings.config, towns, parts="features", max_cycles=None)


def draw(choice: Categorical) -> torch.Tensor:
    """An option of each distribution; torch cannot draw from none at all."""
    return choice.sample() if len(choice.logits) else torch.zeros(0, dtype=torch.int64)


def act(mask: npt.NDArray[np.int8], who: npt.NDArray[np.int64], chosen: torch.Tensor) -> Actions:
    """Options of all: the chosen ones, and for those without a choice the only one that is open."""
    actions = mask.argmax(axis=1).astype(np.int32)
    actions[who] = chosen.numpy()
    return actions


def collect(env: TownVectorEnv, network: Network, ticks: int, now: Now) -> Rollout:
    """Let the towns live for some ticks from now on."""
    rollout = Rollout()
    for _ in range(ticks):
        # Whoever's episode has just ended waits for one step, in which its slot changes hands.
        who = np.flatnonzero((now.mask.sum(axis=1) > 1) & ~now.ended)
        features, open_ = torch.from_numpy(now.obs[who]), torch.from_numpy(now.mask[who])
        with torch.no_grad():
            choice, value = network(features, open_)
            action = draw(choice)
        obs, reward, terminated, _, infos = env.step(act(now.mask, who, action))
        for kept, new in (
            (rollout.features, features), (rollout.mask, open_), (rollout.action, action),
            (rollout.logp, choice.log_prob(action)), (rollout.value, value),
        ):  # fmt: skip
            kept.append(new)
        rollout.who.append(who)
        rollout.reward.append(reward)
        rollout.ended.append(terminated)
        now.obs, now.mask, now.ended = obs, infos["action_mask"], terminated
    return rollout


def advantages(
    rollout: Rollout, last: npt.NDArray[np.float32], gamma: float, trace: float
) -> list[torch.Tensor]:
    """Advantage of each decision, backwards; ``last`` is the value of where everyone stands now.

    Between two decisions of an agent rewards add up and the discount grows, tick by tick.
    """
    found: list[torch.Tensor] = []
    later_value, later_gain = last.astype(np.float64), np.zeros_like(last, np.float64)
    gain, discount = np.zeros_like(later_value), np.ones_like(later_value)
    for t in reversed(range(len(rollout.who))):
        ended = rollout.ended[t]
        gain = rollout.reward[t] + gamma * np.where(ended, 0.0, gain)
        discount = gamma * np.where(ended, 0.0, discount)
        who = rollout.who[t]
        value = rollout.value[t].numpy().astype(np.float64)
        error = gain[who] + discount[who] * later_value[who] - value
        later_gain[who] = error + discount[who] * trace * later_gain[who]
        later_value[who], gain[who], discount[who] = value, 0.0, 1.0
        found.append(torch.from_numpy(later_gain[who].astype(np.float32)))
    return found[::-1]


def learn(
    network: Network, optimizer: torch.optim.Optimizer, rollout: Rollout,
    gains: list[torch.Tensor], settings: Settings,
) -> None:  # fmt: skip
    """Some epochs of clipped updates."""
    features, mask = torch.cat(rollout.features), torch.cat(rollout.mask)
    action, logp = torch.cat(rollout.action), torch.cat(rollout.logp)
    gain = torch.cat(gains)
    target = gain + torch.cat(rollout.value)
    gain = (gain - gain.mean()) / (gain.std() + 1e-8)
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(action)).split(settings.minibatch):
            choice, value = network(features[rows], mask[rows])
            ratio = (choice.log_prob(action[rows]) - logp[rows]).exp()
            clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip)
            actor = -torch.min(ratio * gain[rows], clipped * gain[rows]).mean()
            critic = (value - target[rows]).square().mean()
            loss = actor + 0.5 * critic - settings.entropy * choice.entropy().mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 0.5)
            optimizer.step()


def evaluate(env: TownVectorEnv, policy: Policy | int | None, days: int) -> npt.NDArray[np.float64]:
    """Mean return per agent-day of each town that nobody learned from.

    Args:
        env: the towns.
        policy: a network's choice; an option, taken whenever it is open (else idle); None: the
            scripted policy.
        days: how long.
    """
    obs, infos = env.reset(seed=HELD_OUT_SEED)
    total = np.zeros(env.num_envs)
    for _ in range(days * DAY):
        mask = infos["action_mask"]
        if policy is None:
            actions = np.full(env.num_envs, -1, np.int32)
        elif isinstance(policy, int):
            actions = np.where(mask[:, policy] > 0, policy, mask.argmax(axis=1)).astype(np.int32)
        else:
            who = np.flatnonzero(mask.sum(axis=1) > 1)
            with torch.no_grad():
                chosen = policy(torch.from_numpy(obs[who]), torch.from_numpy(mask[who]))
            actions = act(mask, who, chosen)
        obs, reward, _, _, infos = env.step(actions)
        total += reward
    return total.reshape(env.core.sim.towns, -1).mean(axis=1) / days


class Trial:
    """Towns nobody learned from, and how well known policies do there.

    Attributes:
        scripted: return per agent-day of the scripted policy, by town.
        constant: of the best constant option, by town; ``name`` is the option.
    """

    def __init__(self, settings: Settings) -> None:
        self.env, self.days = make_env(settings, settings.held_out), settings.held_out_days
        self.scripted = self.evaluate(None)
        names = self.env.sim.blueprint.option_names
        found = {name: self.evaluate(o) for o, name in enumerate(names)}
        self.name = max(found, key=lambda name: found[name].mean())
        self.constant = found[self.name]

    def evaluate(self, policy: Policy | int | None) -> npt.NDArray[np.float64]:
        """Return per agent-day of each town; see :func:`evaluate`."""
        return evaluate(self.env, policy, self.days)

    def share(self, score: float) -> float:
        """How far from the best constant option (0) to the scripted policy (1)."""
        least, most = self.constant.mean(), self.scripted.mean()
        return float((score - least) / (most - least))

    def lead(self) -> float:
        """By how many standard errors the scripted policy beats the best constant option."""
        difference = self.scripted - self.constant
        return float(difference.mean() / difference.std(ddof=1) * math.sqrt(len(difference)))


def start(env: TownVectorEnv, seed: int) -> Now:
    """Begin with other towns."""
    obs, infos = env.reset(seed=seed)
    return Now(obs, infos["action_mask"], np.zeros(env.num_envs, bool))


def train(settings: Settings, trial: Trial) -> tuple[Network, list[dict[str, float]]]:
    """Learn for so many minutes; returns the network and the curve."""
    torch.manual_seed(settings.seed)
    torch.set_num_threads(1)  # a network this small gains nothing from more
    env = make_env(settings, settings.towns)
    now = start(env, settings.seed)
    network = Network(now.obs.shape[1], now.mask.shape[1], settings.hidden)
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.rate, eps=1e-5)
    curve: list[dict[str, float]] = []

    def policy(features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return draw(network(features, mask)[0])

    def note(spent: float, ticks: int) -> None:
        score = float(trial.evaluate(policy).mean())
        curve.append({"seconds": spent, "agent_ticks": ticks * env.num_envs, "return": score})
        print(
            f"{spent:5.0f} s {ticks * env.num_envs / 1e6:7.1f} M agent-ticks   "
            f"return per agent-day {score:7.2f}   share {trial.share(score):5.2f}",
            flush=True,
        )

    note(0, 0)
    spent, updates, whole = 0.0, 0, 60 * settings.minutes
    while spent < whole:
        begun = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * (1 - spent / whole)
        rollout = collect(env, network, settings.ticks, now)
        with torch.no_grad():
            last = network(tensors(now.obs), tensors(now.mask))[1].numpy()
        gains = advantages(rollout, last, settings.gamma, settings.trace)
        learn(network, optimizer, rollout, gains, settings)
        updates += 1
        if updates * settings.ticks % (settings.days * DAY) == 0:
            now = start(env, settings.seed + updates * settings.towns)
        spent += time.perf_counter() - begun
        if updates % settings.every == 0 or spent >= whole:
            note(spent, updates * settings.ticks)
    return network, curve


def keep(
    folder: Path, settings: Settings, trial: Trial, network: Network, curve: list[dict[str, float]]
) -> None:
    """Write numbers, weights and the curve as a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    schema = trial.env.sim.features()  # weights mean nothing to whoever sees other features
    numbers = {
        "settings": asdict(settings), "scripted": trial.scripted.tolist(), "option": trial.name,
        "constant": trial.constant.tolist(), "lead": trial.lead(), "curve": curve,
        "share": trial.share(curve[-1]["return"]),
        "observation": {
            "variant": schema.variant, "schema_version": schema.version,
            "schema_hash": schema.schema_hash,
        },
    }  # fmt: skip
    (folder / "results.json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    torch.save(network.state_dict(), folder / "weights.pt")
    picture(folder / "curve.png", trial, curve)


def picture(path: Path, trial: Trial, curve: list[dict[str, float]]) -> None:
    """Draw return against time, between the two policies that need not learn."""
    import matplotlib  # noqa: PLC0415  (only where a picture is wanted)

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.plot([c["seconds"] for c in curve], [c["return"] for c in curve], "o-", label="PPO")
    for name, towns, colour in (
        ("scripted policy", trial.scripted, "tab:green"),
        (f"best constant option: {trial.name}", trial.constant, "tab:red"),
    ):
        axes.axhline(towns.mean(), color=colour, linestyle="--", label=name)
    axes.set_xlabel("seconds of learning")
    axes.set_ylabel("return per agent-day")
    axes.set_title(f"{len(trial.scripted)} towns nobody learned from")
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    """Learn, and tell how well."""
    parser = argparse.ArgumentParser(description="PPO on Townlet in one file.")
    for known in fields(Settings):
        flag, default = f"--{known.name.replace('_', '-')}", known.default
        text = f"{known.metadata['help']} ({default!r})"
        parser.add_argument(flag, type=type(default), default=default, help=text)
    settings = Settings(**vars(parser.parse_args()))
    trial = Trial(settings)
    print(
        f"scripted {trial.scripted.mean():.2f}, best constant option {trial.name} "
        f"{trial.constant.mean():.2f} per agent-day: {trial.lead():.0f} standard errors apart"
    )
    network, curve = train(settings, trial)
    if settings.out:
        keep(Path(settings.out), settings, trial, network, curve)


if __name__ == "__main__":
    main()

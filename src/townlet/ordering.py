"""The orders a simulation takes: who comes and goes, prices, perturbations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from townlet.exit_desk import ExitDesk, PendingExit
    from townlet.incident_desk import IncidentDesk
    from townlet.money import PriceDesk
    from townlet.orders import OrderDesk


class Ordering:
    """The part of a :class:`townlet.Simulation` that takes orders; desks write them down.

    Attributes:
        desk, exits, prices: who writes orders into the columns that systems read.
    """

    desk: OrderDesk
    exits: ExitDesk
    prices: PriceDesk
    _incident_desk: IncidentDesk

    def spawn(self, town: int = 0, **wishes: Any) -> int | None:
        """Let an agent enter in the next tick; see :meth:`OrderDesk.spawn`."""
        return self.desk.spawn(town, **wishes)

    def kill(self, agent: int | str, town: int = 0) -> None:
        """Remove an agent in the next tick; see :meth:`OrderDesk.kill`."""
        self.desk.kill(agent, town)

    def exit_queue(self, town: int = 0) -> list[PendingExit]:
        """Who has to leave, first come first; see :meth:`ExitDesk.queue`."""
        return self.exits.queue(town)

    def request_exit(self, agent: int | str, town: int = 0) -> None:
        """Ask for an employment exit; see :meth:`ExitDesk.request`."""
        self.exits.request(agent, town)

    def approve_exit(self, agent: int | str, town: int = 0) -> None:
        """Decide an employment exit; see :meth:`ExitDesk.approve`."""
        self.exits.approve(agent, town)

    def defer_exit(self, agent: int | str, town: int = 0) -> None:
        """Put an employment exit off; see :meth:`ExitDesk.defer`."""
        self.exits.defer(agent, town)

    def set_price(self, key: str, value: float, town: int = 0) -> None:
        """Set a price from the next tick on; see :meth:`townlet.money.PriceDesk.set_price`."""
        self.prices.set_price(key, value, town)

    def trigger(self, spec: str, town: int = 0, **wishes: Any) -> str:
        """Order a perturbation, whatever its probability, cooldowns, window and concurrency say.

        It counts for all of them nevertheless.

        Args:
            spec: its name in the config's ``perturbations.events``.
            town: the town.
            wishes: ``starts_in`` (ticks after the next one, 0), ``duration`` (ticks), ``magnitude``
                (of a price spike), ``targets`` (words; of a meeting its place), ``participants``
                (two or more agents by name or slot); what is left out is as the spec says.

        Returns:
            Its id, ``"evt_<n>"``.

        Raises:
            UserError: an unknown name or a value out of range, or the town has no room for more
                (counted in ``IncidentLog.refused``).
        """
        return self._incident_desk.trigger(spec, town, **wishes)

    def cancel(self, event: str, town: int = 0) -> bool:
        """Cancel a pending or active perturbation by id: it ends in the next tick.

        Returns:
            Whether there was one.
        """
        return self._incident_desk.cancel(event, town)

    def incidents(self, town: int = 0) -> list[dict[str, Any]]:
        """Pending and active perturbations of a town, the oldest first.

        Each has ``id``, ``number``, ``spec``, ``kind``, ``state`` (pending or active), ``starts``
        and ``ends`` (ticks), ``magnitude`` (of a price spike) and ``people`` (names, of a meeting).
        """
        return self._incident_desk.incidents(town)

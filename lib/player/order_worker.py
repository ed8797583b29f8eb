"""The player's worker: takes orders out of the store and makes them, one after the other for each model. Read `OrderWorker.attend`.

It is tried by itself, without the player's process.
"""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lib.errors import UserError, disk_full, is_disk_full
from lib.models.playing import Medium
from lib.player import order_store, playing, requests, services
from lib.player.keeping import Keeper
from lib.player.model_cache import ModelCache
from lib.player.order_store import Order, OrderStore
from lib.player.playable import Playable, silent
from lib.project import Project, outputs
from lib.project.folder import OUTPUTS, PROJECT_FILE, making

_LOOK_EVERY = 0.1   # seconds between two looks into the store
_AT_ONCE = 2        # models that paint at the same time
_MOST_STARTS = 2    # players that may begin the same order
_TRY_AGAIN = 5.0    # seconds, where the disk is full
_INPUTS_KEPT = 86400.0  # seconds that a file which no output names is kept, for whoever is about to ask for something with it
_IS_THERE = 1.0     # seconds between two looks whether the workspace is still there


class Stopped(Exception):
    """Somebody asked to end the order."""


class OrderWorker:
    """One for each workspace, in the player's process."""

    def __init__(self, workspace: Path, models: ModelCache | None = None):
        self.workspace, self.store, self.models = Path(workspace), OrderStore(workspace), models or ModelCache()
        self.changed = threading.Condition()    # told whenever an order moves on
        self._at_work: dict[str, threading.Thread] = {}
        self._unwritten: dict[str, tuple[float, Order]] = {}    # orders that are over, but not in the store: the disk is full
        self._touched = time.monotonic()

    def clear_up(self) -> None:
        """Takes away what killed processes left, and what models were given long ago and no output names any more."""
        self.store.clear_up()
        named = self.store.inputs()
        for project in self.workspace.glob(f"*/{PROJECT_FILE}"):
            outputs.forget_unused_inputs(project.parent, named, time.time() - _INPUTS_KEPT)

    # ---- taking orders

    def attend(self, idle: float, wanted: Callable[[], bool] = lambda: True) -> None:
        """Makes whatever is ordered; returns after `idle` seconds in which nobody wanted anything.

        wanted: asked every second; it returns once that says no.
        """
        looked = time.monotonic()
        while time.monotonic() - self._touched < idle:
            if time.monotonic() - looked > _IS_THERE:
                looked = time.monotonic()
                if not wanted():
                    return
            self._take_next()
            self.models.give_way()
            with self.changed:
                self.changed.wait(_LOOK_EVERY)

    def touch(self) -> None:
        """Somebody is there: the time until it may end begins anew."""
        self._touched = time.monotonic()

    def _take_next(self) -> None:
        """Starts the oldest order of each model that has none at work."""
        self._at_work = {model: thread for model, thread in self._at_work.items() if thread.is_alive()}
        if self._at_work:
            self.touch()
        for order in self.store.open_orders():
            if order.id in self._unwritten:
                self._write_end(order.id)
                continue
            model = f"{order.project}/{order.request.model}"
            if model not in self._at_work and len(self._at_work) < _AT_ONCE:
                thread = threading.Thread(target=self.serve, args=(order,), daemon=True)
                self._at_work[model] = thread
                self.touch()
                thread.start()

    # ---- making one

    def serve(self, order: Order) -> Order:
        """Makes one order, and writes down how it went. What a player that was killed has made of it is not made again."""
        order = self.store.get(order.project, order.id) or order
        if order.is_over:
            return order
        try:
            order = self._note(order, state=order_store.LOADING, starts=order.starts + 1)
            if order.starts > _MOST_STARTS:
                raise UserError("This could not be made.", "The player ended twice in the middle of it.", "Ask for fewer at a time.")
            project = find_project(self.workspace, order.project)
            return self._note(self._make(order, project), state=order_store.FINISHED)
        except Stopped:
            return self._end(order, state=order_store.STOPPED)
        except Exception as error:
            complaint = error if isinstance(error, UserError) else disk_full(self.workspace) if is_disk_full(error) else _unforeseen(error)
            return self._end(order, state=order_store.FAILED, error=complaint.as_dict())

    def _make(self, order: Order, project: Project) -> Order:
        if service := services.find(order.request):
            return self._served(order, project, service)
        playable = requests.again(project, order.request)
        order = replace(order, request=replace(order.request, without=silent(project, playable)))     # somebody may have said no since
        return (self._walk if order.request.is_film else self._things)(order, project, playable)

    def _served(self, order: Order, project: Project, serve: services.Serve) -> Order:
        """What a capability answers, piece by piece; it keeps the whole itself."""
        self.store.forget_pieces(order)
        with contextlib.closing(serve(project, order.request)) as pieces:
            for medium in pieces:
                if self.store.is_to_stop(order):
                    raise Stopped
                self.store.add_piece(order, medium)
                if order.state != order_store.MAKING:
                    order = self._note(order, state=order_store.MAKING)
        return order

    def _end(self, order: Order, **changes: Any) -> Order:
        """Writes down how it ended; where even that fails, it is not made again, and is written down later."""
        order = replace(self.store.get(order.project, order.id) or order, **changes)
        self._unwritten[order.id] = (0.0, order)
        self._write_end(order.id)
        return order

    def _write_end(self, order_id: str) -> None:
        due, order = self._unwritten.get(order_id, (0.0, None))
        if order is None or time.monotonic() < due:
            return
        try:
            self._note(order)
            self._unwritten.pop(order_id, None)
        except (UserError, OSError):
            traceback.print_exc()   # into player.log
            self._unwritten[order_id] = (time.monotonic() + _TRY_AGAIN, order)

    def _things(self, order: Order, project: Project, playable: Playable) -> Order:
        """Keeps each thing as it is made. A piece of one is handed on at once; what was begun when somebody stops it is kept too."""
        keeper = Keeper(project, playable, order.request)
        self.store.forget_pieces(order)     # of a player that was killed: that thing begins anew
        try:
            for medium in self._made(order, playable, len(order.made)):
                if not medium.is_whole:
                    self.store.add_piece(order, medium)
                if output := keeper.keep(medium):
                    order = self._note(order, state=order_store.MAKING, done=medium.number + 1, made=(*order.made, output.path.name))
                elif order.state != order_store.MAKING:
                    order = self._note(order, state=order_store.MAKING)
        except Stopped:
            begun = tuple(output.path.name for output in keeper.keep_begun())
            self._note(order, made=(*order.made, *begun))
            raise
        return order

    def _walk(self, order: Order, project: Project, playable: Playable) -> Order:
        keeper = Keeper(project, playable, order.request)
        with making(project.path / OUTPUTS) as folder:
            frames = []
            for medium in self._made(order, playable, 0):
                keeper.check()
                frames.append(folder / f"{medium.number:05d}.png")
                medium.content.save(frames[-1], compress_level=1)  # type: ignore[union-attr]
                order = self._note(order, state=order_store.MAKING, done=medium.number + 1)
            order = self._note(order, state=order_store.SAVING)
            made = keeper.walk(frames)
        return self._note(order, made=tuple(output.path.name for output in made))

    def _made(self, order: Order, playable: Playable, start: int) -> Iterator[Medium]:
        """What is still to be made. Moves to the processor when a training takes the card, between two things."""
        number = start
        while number < order.request.count:
            generator, model, device = self.models.get(playable)
            for medium in playing.play(generator, model, order.request, number):
                if self.store.is_to_stop(order):
                    raise Stopped
                yield medium
                if medium.is_whole:
                    number += 1
                    if playing.is_taken(device):
                        break
            else:
                break
            del model

    def _note(self, order: Order, **changes: Any) -> Order:
        order = self.store.write(order, **changes)
        with self.changed:
            self.changed.notify_all()
        return order


def find_project(workspace: Path, name: str) -> Project:
    """By the name of its folder, never by a path. Raises UserError if there is none."""
    folder = Path(workspace) / str(name)
    if Path(name).name != name or name.startswith(".") or not (folder / PROJECT_FILE).is_file():
        raise UserError(f"There is no project {name!r} here.", "", "Give the name of its folder.")
    return Project.open(folder)


def _unforeseen(error: Exception) -> UserError:
    traceback.print_exc()   # into player.log
    return UserError("This could not be made.", f"{type(error).__name__}: {error}.", "Try again; if it stays, look at player.log.")

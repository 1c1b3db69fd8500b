"""Work on the office's main thread, where no other part of the office runs beside it.

Most calls of LibreOffice guard themselves by its one lock; ``XSpreadsheets2.importSheet`` does not
(to 25.8 at least). Called from any other thread, as by a client over a pipe, it takes timers of
conditional formats away while the main thread walks the list of timers, and the office ends with
"pure virtual method called". A menu clicked by hand comes on the main thread already; whatever
else calls is brought there.
"""

import threading

import unohelper
from com.sun.star.awt import XCallback

BEGIN_SECONDS = 20.0


class Busy(Exception):  # noqa: N818 - the office has no time, nothing is wrong
    """The main thread did not come; nothing was begun."""


class _Callback(unohelper.Base, XCallback):
    def __init__(self, work):
        self._work = work

    def notify(self, _data):
        self._work()


class MainThread:
    """The way to the main thread, which is known by its first callback."""

    def __init__(self, context):
        create = context.ServiceManager.createInstanceWithContext
        self._queue = create("com.sun.star.awt.AsyncCallback", context)
        self._ident = None
        self._post(self._recorded)

    def _post(self, work):
        self._queue.addCallback(_Callback(work), None)

    def _recorded(self):
        self._ident = threading.get_ident()

    def run(self, work):
        """What ``work()`` answers or raises; ``Busy`` where it could not be begun."""
        if threading.get_ident() == self._ident:
            return work()
        order = _Order(work)

        def carry_out():
            self._recorded()
            order.carry_out()

        self._post(carry_out)
        return order.result()


class _Order:
    """One piece of work: begun at most once, and never after it was given up."""

    def __init__(self, work):
        self._work = work
        self._state = threading.Lock()
        self._begun = threading.Event()
        self._done = threading.Event()
        self._given_up = False
        self._answer = self._fault = None

    def carry_out(self):
        with self._state:
            if self._given_up:
                return
            self._begun.set()
        try:
            self._answer = self._work()
        except Exception as fault:
            self._fault = fault
        finally:
            self._done.set()

    def result(self):
        if not self._begun.wait(BEGIN_SECONDS):
            with self._state:
                self._given_up = not self._begun.is_set()
            if self._given_up:
                raise Busy(f"LibreOffice was busy for {BEGIN_SECONDS:.0f} seconds; try again.")
        self._done.wait()
        if self._fault is not None:
            raise self._fault
        return self._answer

"""What goes on beside a campaign, in threads of its own: started, told to stop, and waited for."""

from collections.abc import Callable
from threading import Event, Thread


class Background:
    """Threads that run until they are stopped. The error that one dies of is in `failures`, and the campaign ends with
    it: a thread that dies unseen would look like a quiet system."""

    def __init__(self, *runs: Callable[[], None]) -> None:
        self.failures: list[BaseException] = []
        self._stop = Event()
        self._threads = [Thread(target=self._guarded, args=(run,), daemon=True) for run in runs]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when what is under way has been answered or given up."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self.close()

    def close(self) -> None:
        """What the threads used, when they have ended."""

    def _guarded(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:  # told by the campaign
            self.failures.append(error)

"""Work in a process of its own: a fault of a native decoder ends that process and nothing else.

The pools of multiprocessing, concurrent.futures and pebble fork a server full of threads, or import
its main module again, which builds the page with torch; and none bounds memory. Messages are JSON
and raw bytes, not pickles, which a decoder that was taken over could use to run code here.
"""

from .channel import Channel
from .child import bound_resources
from .pool import IsolatedPool
from .process import IsolatedProcess, IsolationError, end_all

__all__ = [
    "Channel",
    "IsolatedPool",
    "IsolatedProcess",
    "IsolationError",
    "bound_resources",
    "end_all",
]

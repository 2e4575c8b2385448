"""Jobs that a part of the window waits for: no answer is shown that is no longer wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.context import Context
from explorer.worker import Job


class Asking:
    """What one page or view has asked of the worker; `kind in asking` while it waits for that."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tokens: dict[str, object] = {}  # by kind, of the answer that is wanted

    def __contains__(self, kind: str) -> bool:
        return kind in self._tokens

    @property
    def busy(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self._tokens)

    def ask(
        self,
        kind: str,
        label: str,
        function: Callable[[Job], Any],
        show: Callable[[Any], None],
        *,
        failed: Callable[[Exception], None] | None = None,
        otherwise: Callable[[], None] = lambda: None,
        quiet: bool = True,
        apart: bool = False,
    ) -> None:
        """Run a job; of a quiet kind the newest is the one that is wanted.

        kind, label, function, quiet, apart: see `explorer.context.RunJob`. show(answer): unless it
        was dropped, or there is a newer one. failed(error): instead of telling the person, and
        only of the job that is wanted. otherwise(): in place of `show`, if the job failed or the
        person stopped it.
        """
        token = object()
        if quiet or kind not in self:  # one that is not quiet is refused while another runs
            self._tokens[kind] = token

        def wanted() -> bool:
            if self._tokens.get(kind) is not token:
                return False
            del self._tokens[kind]
            return True

        def has_failed(error: Exception) -> None:
            if self._tokens.get(kind) is token:
                failed(error)

        self._context.run_job(
            kind,
            label,
            function,
            lambda answer: wanted() and show(answer),
            failed=None if failed is None else has_failed,
            otherwise=lambda: wanted() and otherwise(),
            quiet=quiet,
            apart=apart,
        )

    def drop(self, *kinds: str) -> None:
        """Forget what was asked, of these kinds or of all, and stop it."""
        for kind in kinds or tuple(self._tokens):
            if self._tokens.pop(kind, None) is not None:
                self._context.worker.cancel(kind)

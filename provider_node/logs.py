"""Log lines: for people by default, JSON for programs; one event a line, on stderr."""

import logging
import sys
from typing import Any, Literal

import structlog

__all__ = ["LogFormat", "configure"]

LogFormat = Literal["human", "json"]


def configure(style: LogFormat, *, verbose: bool = False) -> None:
    """Send structlog's and the standard library's lines to stderr in one style."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(style),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    ours = logging.DEBUG if verbose else logging.INFO
    for name in ("provider_node", "weftwork"):
        logging.getLogger(name).setLevel(ours)


def _renderers(style: LogFormat) -> list[Any]:
    # Tracebacks show no local variables: those hold data and keys.
    if style == "json":
        without_locals = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        traceback = structlog.processors.ExceptionRenderer(without_locals)
        return [traceback, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]

"""Numbers of the ledger as people read them."""

from datetime import UTC, datetime

from weftwork.units import MILLION

SHORT = 8  # characters of a digest that tell two apart on a screen


def percent(ppm: int) -> str:
    """`917000` parts per million as `91.7 %`; not known is a dash."""
    return "-" if ppm < 0 else f"{ppm * 100 / MILLION:.1f} %"


def size(count: int) -> str:
    """Bytes with three significant figures, in decimal units: `41.2 kB`."""
    value, unit = float(count), "B"
    for bigger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, bigger
    return f"{count} B" if unit == "B" else f"{value:.{_decimals(value)}f} {unit}"


def _decimals(value: float) -> int:
    return 2 if value < 9.995 else 1 if value < 99.95 else 0


def seconds(milliseconds: int | None) -> str:
    """A duration in seconds: `3.1 s`, from 100 on without decimals; not known is a dash."""
    if milliseconds is None:
        return "-"
    return f"{milliseconds / 1000:.{1 if milliseconds < 100_000 else 0}f} s"


def time(milliseconds: int) -> str:
    """A moment, local time, to the second."""
    if not milliseconds:
        return "-"
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def iso(milliseconds: int) -> str:
    """A moment for a file that travels: UTC, ISO 8601, to the millisecond."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def short(digest: str) -> str:
    """The beginning of a digest or transaction id."""
    return digest[:SHORT]


def names(several: list[str]) -> str:
    """`a, b and c`."""
    if len(several) < 2:
        return "".join(several)
    return f"{', '.join(several[:-1])} and {several[-1]}"


def count(number: int, thing: str) -> str:
    """`1 round`, `3 rounds`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"

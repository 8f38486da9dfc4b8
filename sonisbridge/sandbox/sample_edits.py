"""Changes some people of the sample school: python -m sonisbridge.sandbox.sample_edits URL --change-percent 1."""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from sonisbridge.sandbox.sample_school import CannotMake, open_database

_CAN_CHANGE = """
SELECT DISTINCT n.soc_sec FROM name n
JOIN nmmodst m ON m.soc_sec = n.soc_sec AND m.mod_stat IN ('PS', 'AP', 'ST', 'AL')
JOIN address a ON a.soc_sec = n.soc_sec AND a.preferred = 1 AND a.e_mail LIKE '%_@_%.%' AND a.city > ' '
WHERE n.disabled = 0 AND n.deceased = 0 ORDER BY n.soc_sec
"""


def change(engine: sa.Engine, percent: float, seed: int) -> int:
    """Move that share of the exported people who have a preferred address to another city; how many they are."""
    dice = random.Random(seed)
    with engine.begin() as connection:
        keys = [row[0] for row in connection.execute(sa.text(_CAN_CHANGE))]
        chosen = dice.sample(keys, round(len(keys) * percent / 100))
        city = f"Newtown {dice.randrange(10_000)}".ljust(30)
        statement = sa.text("UPDATE address SET city = :city WHERE soc_sec = :key")
        moves: list[dict[str, Any]] = [{"city": city, "key": key} for key in chosen]
        if moves:
            connection.execute(statement, moves)
    return len(chosen)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the changes and say how many; 0, or 2 when there is no school."""
    parser = argparse.ArgumentParser(prog="sample-edits", description="Change some people of the sample school.")
    parser.add_argument("url", metavar="URL")
    parser.add_argument("--change-percent", type=float, default=1.0, metavar="P", help="share of the exported people")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        engine = open_database(options.url)
        changed = change(engine, options.change_percent, options.seed)
        engine.dispose()
    except (CannotMake, sa.exc.DBAPIError) as error:
        reason = str(error) if isinstance(error, CannotMake) else "there is no sample school in that database"
        sys.stderr.write(f"sample-edits: {reason}\n")
        return 2
    sys.stdout.write(f"{json.dumps({'changed': changed}) if options.json else f'Changed {changed:,} people.'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""
``python -m chatroom``: what an operator does to a room's database.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from chatroom.operations import accounts
from chatroom.operations.backup import back_up
from chatroom.operations.check import check
from chatroom.operations.compact import compact
from chatroom.operations.export import export
from chatroom.operations.files import database_at
from chatroom.operations.formats import FORMATS
from chatroom.operations.owner import make_link
from chatroom.operations.progress import Progress
from chatroom.operations.trouble import Trouble
from chatroom.service import DEFAULT_DATABASE, DEFAULT_PORT

DEFAULT_URL = f"http://localhost:{DEFAULT_PORT}/"


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Do what *arguments* ask for, those of the command line unless given; return the
    exit status.
    """
    options = _parser().parse_args(arguments)
    try:
        status: int = options.operation(options)
    except Trouble as trouble:
        sys.stderr.write(f"chatroom: {trouble}\n")
        return 1
    except BrokenPipeError:
        # Whoever read it has enough, as `head` has.
        sys.stdout = None
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chatroom",
        description="Look after the database of a room. The room itself is run by"
        " `twistd chatroom`; all commands but `compact` may be used while it runs.",
    )
    place = argparse.ArgumentParser(add_help=False)
    for where, default in ((parser, DEFAULT_DATABASE), (place, argparse.SUPPRESS)):
        where.add_argument(
            "--database",
            metavar="URL",
            default=default,
            help=f"the same as the room's; the default is {DEFAULT_DATABASE}",
        )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser(
        "backup",
        parents=[place],
        help="copy the database while the room runs",
        description="Copy the database, as it stands now, to a new file. To restore it, stop the"
        " room and put the copy in the database's place.",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="the copy; must not exist yet")
    command.set_defaults(operation=_backup)

    command = commands.add_parser(
        "export",
        parents=[place],
        help="write a room's messages as JSON, text or HTML",
        description="Write the messages of a room as they now are, oldest first.",
    )
    command.add_argument("room", metavar="ROOM", help="the room's name")
    command.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="json: an object a line, as in the protocol; text: to be read (the default);"
        " html: a page that needs nothing else",
    )
    command.add_argument(
        "--output", metavar="FILE", type=Path, help="write to this file, not to the terminal"
    )
    command.set_defaults(operation=_export)

    command = commands.add_parser(
        "check",
        parents=[place],
        help="look for what must not be in a log",
        description="Look whether the log is whole: one line for each finding, and then the exit"
        " status is 1.",
    )
    command.set_defaults(operation=_check)

    command = commands.add_parser(
        "compact",
        parents=[place],
        help="give space back to the disk",
        description="Rewrite the database without the gaps that erased messages have left. The"
        " room must not run, and the disk needs space for a copy.",
    )
    command.set_defaults(operation=_compact)

    command = commands.add_parser(
        "owner-link",
        parents=[place],
        help="make a link that makes its user an owner of the server",
        description="Write a link to a file beside the database and say where it is. Whoever opens"
        " it, once, is an owner of the server. Links that were made before are void.",
    )
    command.add_argument(
        "--url",
        default=DEFAULT_URL,
        help=f"where the room is found; the default is {DEFAULT_URL}",
    )
    command.set_defaults(operation=_owner_link)

    command = commands.add_parser(
        "account",
        parents=[place],
        help="make, list and remove accounts (twistd chatroom --auth accounts)",
        description="Look after the accounts that people sign in to, while the room runs or not."
        " Passwords are asked for, twice; a single line of them may be piped in.",
    )
    acts = command.add_subparsers(title="what to do", metavar="ACT", required=True)
    for act, operation, help_ in (
        ("add", accounts.add, "make an account"),
        ("password", accounts.set_password, "give an account another password"),
        ("remove", accounts.remove, "remove an account, and free its name"),
    ):
        about = acts.add_parser(act, parents=[place], help=help_)
        about.add_argument("name", metavar="NAME", help="what its person is called")
        about.set_defaults(operation=_account, act=operation)
    about = acts.add_parser("list", parents=[place], help="list all accounts")
    about.set_defaults(operation=_accounts)
    return parser


def _backup(options: argparse.Namespace) -> int:
    database = database_at(options.database)
    with Progress(sys.stderr, "pages") as progress:
        back_up(database.path, options.file, progress)
    return 0


def _export(options: argparse.Namespace) -> int:
    database = database_at(options.database)
    with Progress(sys.stderr, "messages") as progress:
        export(database, options.room, FORMATS[options.format], options.output, progress)
    return 0


def _check(options: argparse.Namespace) -> int:
    database = database_at(options.database)
    found = False
    with Progress(sys.stderr, "checks") as progress:
        for finding in check(database, progress):
            found = True
            sys.stdout.write(f"{finding}\n")
    sys.stdout.write("" if found else "all is well\n")
    return int(found)


def _compact(options: argparse.Namespace) -> int:
    before, after = compact(database_at(options.database).path)
    sys.stdout.write(f"{before:,} bytes before, {after:,} after\n")
    return 0


def _owner_link(options: argparse.Namespace) -> int:
    path = make_link(database_at(options.database), options.url)
    sys.stdout.write(f"{path}\n")
    return 0


def _account(options: argparse.Namespace) -> int:
    options.act(database_at(options.database), options.name)
    return 0


def _accounts(options: argparse.Namespace) -> int:
    for record in accounts.everyone(database_at(options.database)):
        elsewhere = "" if record.password else "\t(its password is checked elsewhere)"
        sys.stdout.write(f"{record.name}{elsewhere}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

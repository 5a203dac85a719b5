"""How PostgreSQL and Redis run when the platform was started by root.

PostgreSQL refuses to run as root, rightly. The servers therefore run as the owner of the repository, or as
``nobody`` if that is root as well. The difficulty is a clone inside a folder that only root may enter
(``/root``): no folder is opened up for this. Instead there are three ways to run a server, tried in turn
until a harmless trial works:

1. *plain*: change to the other user. Works when that user can reach the programs and the state folder.
2. *reader*: the same, but keep one capability that lets the process pass through closed folders
   (``CAP_DAC_READ_SEARCH``, or ``CAP_DAC_OVERRIDE`` where a container withholds the first). What may be
   *written* still follows the file's owner with the first of them. The database role of the platform is not a
   superuser, so no SQL of ours can use it to read files.
3. *namespace*: stay the same user outside, be another one inside a user namespace, without any capability.
   For containers in which root may not change its user.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Numbers from <linux/prctl.h>, <linux/capability.h>, <linux/securebits.h> and <linux/sched.h>.
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWUSER = 0x10000000

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class NoWayToRun(RuntimeError):
    """Root cannot run the servers as anybody else here."""


@dataclass(frozen=True)
class Launch:
    """One way to run a server: `enter` is called in the new process just before the program starts."""

    name: str
    enter: Callable[[], None]
    #: Owner of the server's files, as seen from outside; None: our own user, nothing to change.
    owner: tuple[int, int] | None = None


def choose_launch(*, program: Path, folder: Path) -> Launch:
    """The first way in which `program` starts and can write in `folder`, which must exist.

    The folder is given to the user that the servers will run as.
    """
    if os.geteuid() != 0:
        return Launch("own user", lambda: None)
    for launch in ways(folder):
        if launch.owner is not None and not _give(folder, launch.owner):
            continue
        if works(launch, program, folder):
            return launch
    raise NoWayToRun(
        f"PostgreSQL does not run as root, and root can neither become another user here that reaches "
        f"{folder} and {program}, nor use a user namespace. Start the platform as an ordinary user, put the "
        "repository and STATE where everybody may enter, or set DATABASE_URL and REDIS_URL."
    )


def die_with_parent(sig: signal.Signals) -> None:
    """Called in a new process: the kernel will send `sig` when the parent ends, however it ends (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(sig), 0, 0, 0)


def ways(folder: Path) -> Iterator[Launch]:
    uid, gid = _unprivileged_user(folder)
    yield Launch("plain", lambda: _become(uid, gid), (uid, gid))
    if _libc is None:
        return
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):

        def enter(capability: int = capability) -> None:
            _become(uid, gid, keep=capability)

        yield Launch(f"reader, capability {capability}", enter, (uid, gid))
    yield Launch("namespace", lambda: _enter_namespace(uid, gid), (0, 0))


def _unprivileged_user(folder: Path) -> tuple[int, int]:
    """The owner of what is there already, else of the repository, else nobody: never root."""
    for path in (folder, Path(__file__).parent):
        status = path.stat()
        if status.st_uid != 0 and _is_known(status.st_uid):
            return status.st_uid, status.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _is_known(uid: int) -> bool:
    """`initdb` refuses a user that has no name."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _become(uid: int, gid: int, keep: int | None = None) -> None:
    if keep is not None:
        # Without this bit access(2) would still answer as if the capability were absent, and PostgreSQL asks
        # access(2) about its own program.
        _check(_prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP))
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if keep is not None:
        _keep_only(keep)


def _keep_only(capability: int) -> None:
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # Two 32-bit halves of effective, permitted, inheritable; ours is in the first half.
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    assert _libc is not None
    _check(_libc.capset(ctypes.byref(header), ctypes.byref(data)))
    _check(_prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability))


def _enter_namespace(uid: int, gid: int) -> None:
    assert _libc is not None
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outside_gid} 1")


def _prctl(option: int, *arguments: int) -> int:
    assert _libc is not None
    numbers = [ctypes.c_ulong(number) for number in (*arguments, 0, 0, 0, 0)[:4]]
    return int(_libc.prctl(option, *numbers))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _give(folder: Path, owner: tuple[int, int]) -> bool:
    """Hand the server's folder, with all that is in it, to the server's user."""
    try:
        for path in (folder, *folder.rglob("*")):
            status = path.lstat()
            if (status.st_uid, status.st_gid) != owner:
                os.chown(path, *owner, follow_symlinks=False)
    except OSError:
        return False
    return True


def works(launch: Launch, program: Path, folder: Path) -> bool:
    """Try it: run the program's --version, then create and remove a file by its full path."""
    trial = folder / ".trial"
    script = 'umask 077; "$1" --version >/dev/null && : >"$2" && rm -f "$2"'
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", script, "sh", str(program), str(trial)],
            preexec_fn=launch.enter,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0

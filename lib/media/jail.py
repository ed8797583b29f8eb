"""Locks that a process puts on itself before it opens what a stranger made: no file, no network, no other program. Read `lock`.

    locks = jail.lock(known_file)      # in the process itself, once all that it needs is imported; there is no way back
    locks.files, locks.network         # whether each holds, found out by trying

On Linux by Landlock (files) and a seccomp filter (files, network, programs), which need no privileges; on a Mac the process is
started within sandbox-exec (`within`). Elsewhere nothing holds, and whoever asks is told so. What is told was tried: the process
opens a file that is there and makes a socket, and both must fail.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

MEMORY = 8 << 30    # bytes beyond what it has when it is locked

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2       # of prctl(2)
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446         # the same number on every kind of processor
_FILE_RIGHTS = (13, 14, 15, 15, 16, 16)                 # Landlock's rights on files, by its ABI from 1 on: so many bits
_ALLOW, _REFUSE, _NO_SUCH_CALL = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38     # go on; EPERM; ENOSYS, after which glibc asks otherwise
_THREAD = 0x00010000                                    # CLONE_THREAD

# Calls that open, make, move or delete files, reach a network, another process or the kernel: (x86-64, ARM 64); None where there is none.
_REFUSED = {
    "open": (2, None), "openat": (257, 56), "openat2": (437, 437), "creat": (85, None), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "truncate": (76, 45), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
    "link": (86, None), "linkat": (265, 37), "unlink": (87, None), "unlinkat": (263, 35), "symlink": (88, None), "symlinkat": (266, 36), "mknod": (133, None),
    "mknodat": (259, 33), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None), "fchown": (93, 55), "fchownat": (260, 54),
    "chdir": (80, 49), "fchdir": (81, 50), "chroot": (161, 51), "pivot_root": (155, 41), "mount": (165, 40), "umount2": (166, 39), "setxattr": (188, 5),
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269), "recvfrom": (45, 207), "recvmsg": (47, 212), "recvmmsg": (299, 243),
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "kill": (62, 129), "tkill": (200, 130), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "userfaultfd": (323, 282), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "init_module": (175, 105), "finit_module": (313, 273),
    "kexec_load": (246, 104), "memfd_create": (319, 279), "inotify_init1": (294, 26), "fanotify_init": (300, 262), "prlimit64": (302, 261), "setrlimit": (160, 164),
    "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
}  # fmt: skip
_CLONE, _CLONE3 = (56, 220), (435, 435)
_ARCHITECTURE = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7), "arm64": (1, 0xC00000B7)}


@dataclass(frozen=True)
class Locks:
    """Whether the process can open no file of its person, and reach no network: as tried."""

    files: bool
    network: bool

    @property
    def holds(self) -> bool:
        return self.files and self.network


def can_lock() -> bool:
    """Whether this system has what is needed, without locking anything. What counts in the end is what was tried."""
    if sys.platform == "darwin":
        return bool(shutil.which("sandbox-exec"))
    return sys.platform == "linux" and platform.machine() in _ARCHITECTURE and Path("/proc/sys/kernel/seccomp/actions_avail").exists()


def within(command: list[str], project: Path) -> list[str]:
    """The same command, on a Mac within sandbox-exec where it is there: it reads nothing of the project's, writes nothing and reaches no network."""
    program = shutil.which("sandbox-exec") if sys.platform == "darwin" else None
    if not program:
        return command
    hidden = " ".join(f'(subpath "{place}")' for place in (project, Path.home() / "Documents", Path.home() / "Desktop", Path.home() / "Downloads"))
    return [program, "-p", f"(version 1)(allow default)(deny network*)(deny file-write*)(deny file-read* {hidden})", *command]


def lock(known_file: str, keep: int = 2, memory: int = MEMORY) -> Locks:
    """Locks this process for good, as far as its system can, and tries whether it holds.

    known_file: one of the person's, that is there.   keep: what stays open beside the three pipes.   memory: bytes that it may still take.
    """
    _limit(memory)
    if sys.platform == "linux":
        _close_what_is_open(keep)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        _landlock(libc)
        _filter_calls(libc)
    return Locks(not _can_open(known_file), not _can_connect())


def _limit(memory: int) -> None:
    """Of memory, of files that are written, and of what is left behind after a crash. Not on Windows."""
    try:
        import resource
    except ImportError:
        return
    used = _used()
    for what, most in ((resource.RLIMIT_AS, used + memory if used else 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        try:
            if most or what != resource.RLIMIT_AS:
                resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue


def _used() -> int:
    """Bytes of addresses that this process has; 0 where nobody tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _close_what_is_open(keep: int) -> None:
    os.closerange(3, max(keep, 3))
    os.closerange(max(keep, 2) + 1, 4096)


def _landlock(libc: ctypes.CDLL) -> None:
    """From now on no file is opened, whatever its path, with any right that this kernel knows. Nothing where it knows none."""
    abi = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if abi < 1:
        return
    rights = (1 << _FILE_RIGHTS[min(abi, len(_FILE_RIGHTS)) - 1]) - 1
    network = 3 if abi >= 4 else 0      # to bind and to connect by TCP
    wanted = struct.pack("QQ", rights, network) if abi >= 4 else struct.pack("Q", rights)
    rules = libc.syscall(_LANDLOCK_CREATE, wanted, ctypes.c_size_t(len(wanted)), 0)
    if rules >= 0:
        libc.syscall(_LANDLOCK_RESTRICT, rules, 0)
        os.close(rules)


def _filter_calls(libc: ctypes.CDLL) -> None:
    """A program of BPF that the kernel asks at each system call. Nothing on a processor whose numbers are not known here."""
    known = _ARCHITECTURE.get(platform.machine())
    if not known:
        return
    column, architecture = known
    refused = [number for numbers in _REFUSED.values() if (number := numbers[column]) is not None]
    code = _program(refused, _CLONE[column], _CLONE3[column], architecture)
    steps = ctypes.create_string_buffer(b"".join(code))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]

    libc.prctl(_SECCOMP, _FILTER, ctypes.byref(Program(len(code), ctypes.addressof(steps))), 0, 0)


def _program(refused: list[int], clone: int, clone3: int, architecture: int) -> list[bytes]:
    """Classic BPF: each step 8 bytes (code, jump if true, jump if false, value). Offsets 0, 4, 16: number of the call, architecture, first argument."""
    load, equal, at_least, any_bit, end = 0x20, 0x15, 0x35, 0x45, 0x06
    step = lambda code, true=0, false=0, value=0: struct.pack("HBBI", code, true, false, value)
    code = [step(load, value=4), step(equal, 1, 0, architecture), step(end, value=_REFUSE), step(load, value=0)]
    code += [step(at_least, 0, 1, 0x40000000), step(end, value=_REFUSE)]        # the other numbers of x86-64 (x32)
    for number in refused:
        code += [step(equal, 0, 1, number), step(end, value=_REFUSE)]
    code += [step(equal, 0, 1, clone3), step(end, value=_NO_SUCH_CALL)]
    code += [step(equal, 0, 3, clone), step(load, value=16), step(any_bit, 1, 0, _THREAD), step(end, value=_REFUSE)]
    return [*code, step(end, value=_ALLOW)]


def _can_open(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def _can_connect() -> bool:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("127.0.0.1", 9))
    except OSError:
        return False
    return True

"""Reads what this computer is made of, or what a described one is.

For: the eight components of `activation_core.hardware`, by each system's ordinary means, and the reasons why
one of them says little here (a container, a virtual machine, missing rights). Not for: turning them into tags
or comparing them, which is `activation_core.hardware`.

The raw values go to `hardware.tags` and nowhere else: they are not stored, not sent, not logged, and no
message and no `repr` of this module shows one.

Two rules keep a reading the same from day to day. What cannot be read is absent, never an exception and never
a made-up value, because absent is not different. And a fall-back needs the same rights as what it stands in
for: else the same computer would look different to its owner and to the system's account.
"""

import hmac
import json
import os
import plistlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.parsers.expat import ExpatError

from activation_core.hardware import COMPONENTS

Run = Callable[[Sequence[str]], str]

# Ours alone, drawn once with `systemd-id128 new`. A new one would make every machine_id a different one.
APPLICATION = UUID("694dc83a-d08e-409b-b00d-dbec9dda2680")

# The first PowerShell after a start of Windows takes several seconds on a slow disk.
SECONDS = 15


@dataclass(frozen=True)
class Reading:
    """The components that a computer shows, and why some are weak here: missing, shared or easily copied."""

    components: dict[str, str] = field(repr=False)
    weak: dict[str, str]


def run_command(command: Sequence[str]) -> str:
    """What the command prints. Raises OSError or SubprocessError where it is missing, slow or fails."""
    done = subprocess.run(  # noqa: S603 - fixed commands of this module by full path, no shell, nothing typed
        command,
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no black window on a Windows desktop
    )
    return done.stdout.decode("utf-8", "replace")


def read_components(root: Path = Path("/"), platform: str = sys.platform, run: Run = run_command) -> Reading:
    """The components of this computer: `linux` from the files below `root`, `darwin` and `win32` from `run`.

    Never fails. On any other platform all are absent.
    """
    match platform:
        case "linux":
            return _read_linux(root)
        case "darwin":
            return _read_macos(run)
        case "win32":
            return _read_windows(run)
    return _reading({})


def load_profile(path: Path) -> Reading:
    """The components of a described computer: `name`, `what`, `[components]` and, where it has any, `[weak]`.

    Refuses, naming the file and the key, what is not a string, not a component or not one of these four.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    for key in content.keys() - {"name", "what", "components", "weak"}:
        raise ValueError(f"{path.name}: {key}: not a key of a machine profile")
    for key in ("name", "what"):
        if not isinstance(content.get(key), str):
            raise ValueError(f"{path.name}: {key}: must be there, as a string")
    components, weak = (_profile_table(path, content, key) for key in ("components", "weak"))
    return Reading(_present(components), weak)


def _profile_table(path: Path, content: Mapping[str, Any], table: str) -> dict[str, str]:
    values = content.get(table, {})
    if not isinstance(values, dict):
        raise ValueError(f"{path.name}: {table}: must be a table")
    for kind, value in values.items():
        if kind not in COMPONENTS:
            raise ValueError(f"{path.name}: {table}.{kind}: not one of {', '.join(COMPONENTS)}")
        if not isinstance(value, str):
            raise ValueError(f"{path.name}: {table}.{kind}: must be a string")
    return values


# What every system has in common: cleaning, placeholders, and why a component is weak.

_ABSENT = {
    "product_uuid": "Not readable: without administrator's rights, or the maker left it empty.",
    "disk": "The system lies on no disk that shows a serial number.",
    "network": "No built-in adapter shows an address of its own; those made up by software do not count.",
    "machine_id": "This system keeps no such number.",
    "volume": "The system lies on no file system that shows a number.",
    "board": "The maker left it empty, or it is not readable.",
    "cpu": "Not readable.",
    "memory": "Not readable.",
}

_VIRTUAL = {
    "product_uuid": "Made up by the hypervisor: a copy of the virtual machine may keep it.",
    "disk": "Made up by the hypervisor: a copy of the virtual machine may keep it.",
    "network": "Given out by the hypervisor: a copy of the virtual machine may keep it.",
    "machine_id": "A copy of the virtual machine keeps it until a new one is drawn.",
    "volume": "A copy of the virtual machine keeps it.",
    "board": "The same for every virtual machine of this hypervisor.",
    "cpu": "That of the host: it changes when the virtual machine moves.",
}

_CONTAINER = {
    "product_uuid": "That of the host: all its containers share it.",
    "disk": "A container has no disk of its own.",
    "network": "A container's adapter is made by software, with a new address each time.",
    "machine_id": "That of the image or of the host: every container made from it has the same.",
    "volume": "A container lies on the layers of an image, not on a file system of its own.",
    "board": "That of the host: all its containers share it.",
    "cpu": "That of the host: all its containers share it.",
    "memory": "That of the host: all its containers share it.",
}

# As makers and product names of virtual computers have it, in small letters.
_HYPERVISORS = (
    "alibaba cloud ecs",
    "amazon ec2",
    "apple virtualization",
    "bhyve",
    "bochs",
    "digitalocean",
    "google compute engine",
    "hvm domu",
    "innotek",
    "kvm",
    "nutanix ahv",
    "openstack",
    "ovirt",
    "parallels",
    "qemu",
    "rhev",
    "virtual machine",
    "virtualbox",
    "virtualmac",
    "vmware",
)

# What firmware says where its maker wrote nothing, without its blanks and signs.
# fmt: off
_PLACEHOLDERS = frozenset({
    "tobefilledbyoem", "tobefilledbyoems", "tobefilled", "filledbyoem", "oem", "default",
    "defaultstring", "standard", "none", "null", "na", "nil", "notapplicable", "notavailable",
    "notspecified", "notpresent", "notset", "notdefined", "invalid", "unknown", "undefined",
    "unspecified", "empty", "serial", "serialnumber", "systemserialnumber", "boardserialnumber",
    "baseboardserialnumber", "chassisserialnumber", "mbserialnumber", "systemmanufacturer",
    "systemproductname", "systemname", "systemversion", "productname", "typeproductname",
    "boardmanufacturer", "boardproductname", "baseboardmanufacturer", "baseboardproductname",
    "03000200040005000006000700080009", "000102030405060708090a0b0c0d0e0f",
    "12345678123456781234567812345678", "12345678123456789012345678901234",
    "123456781234567890abcddeefaabbcc", "fefefefefefefefefefefefefefefefe",
    "deadbeefdeadbeefdeadbeefdeadbeef", "01020304050607080910111213141516",
})
# fmt: on
_COUNTED = "0123456789012345678901234567890abcdef 0123456789abcdef0123456789abcdef"


def _reading(values: Mapping[str, str], virtual: bool = False, container: bool = False) -> Reading:
    components = _present(values)
    weak = {kind: why for kind, why in _ABSENT.items() if kind not in components}
    if virtual:
        weak |= {kind: why for kind, why in _VIRTUAL.items() if kind in components}
    if container:
        weak |= _CONTAINER
    return Reading(components, {kind: weak[kind] for kind in COMPONENTS if kind in weak})


def _present(values: Mapping[str, str]) -> dict[str, str]:
    cleaned = {kind: _clean(values.get(kind, "")) for kind in COMPONENTS}
    return {kind: value for kind, value in cleaned.items() if value}


def _clean(value: str) -> str:
    """The value in one spelling, '' for a placeholder. Some kernels print a UUID in capitals, some do not."""
    value = " ".join(value.replace("\0", " ").split()).casefold()
    return "" if _is_placeholder(value) else value


def _is_placeholder(value: str) -> bool:
    letters = re.sub(r"[\W_]", "", value)
    return (
        len(set(letters)) < 2  # nothing, 0000, FFFF, xxxx
        or letters in _PLACEHOLDERS
        or (len(letters) > 4 and letters in _COUNTED)
        or (len(letters) == 32 and letters.endswith("0" * 20))  # a UUID of which a maker filled the first part
        or re.search(r"qm0000\d$", letters) is not None  # QEMU's own for every first disk
    )


def _first(*values: str) -> str:
    return next((value for value in values if _clean(value)), "")


def _make_and_model(make: str, model: str) -> str:
    return f"{_clean(make)} {model}" if _clean(model) else ""


def _is_virtual(*names: str) -> bool:
    return any(hypervisor in name.casefold() for name in names for hypervisor in _HYPERVISORS)


def _application_id(machine_id: str) -> str:
    """A machine id hashed for this application alone, '' for what is none.

    As sd_id128_get_machine_app_specific(3) of systemd advises, because machine-id(5) asks to treat the number
    itself as confidential: HMAC-SHA256 of the application's id, keyed by the machine id, cut to 128 bits and
    made a valid version 4 UUID. `systemd-id128 machine-id --app-specific` prints the same.
    """
    digits = machine_id.strip().replace("-", "")
    if not re.fullmatch(r"[0-9a-fA-F]{32}", digits) or not _clean(digits):
        return ""
    digest = hmac.digest(bytes.fromhex(digits), APPLICATION.bytes, "sha256")
    return UUID(bytes=digest[:16], version=4).hex


def _usual_size(size: int) -> str:
    """The smallest of the usual sizes (a power of two, or three halves of one) that holds as many bytes.

    Systems show less than what is built in: the firmware, the graphics and the kernel keep some of it, and
    how much changes with their versions. Rounding up to a usual size stays the same up to a quarter lost.
    """
    if size <= 0:
        return ""
    power = 1 << (size - 1).bit_length()
    usual = power * 3 // 4 if size <= power * 3 // 4 else power
    return f"{usual >> 20} MiB"


@dataclass(frozen=True)
class _Adapter:
    rank: int
    address: str


_WIRED, _WIRELESS, _PLUGGED = 0, 1, 2


def _own_address(adapters: Sequence[_Adapter]) -> str:
    """The smallest burnt-in address of the best kind of adapter that is there.

    The kind is chosen before the addresses are looked at. So a dongle, or a wireless address that is random
    today, never takes the place of another one: it makes the component absent.
    """
    best = min((adapter.rank for adapter in adapters), default=_WIRED)
    found = [_burnt_in(adapter.address) for adapter in adapters if adapter.rank == best]
    return min(filter(None, found), default="")


def _burnt_in(address: str) -> str:
    """The address in small hexadecimal digits, '' where it was made up (locally administered) or is none."""
    digits = re.sub(r"[:.\-\s]", "", address).casefold()
    if not re.fullmatch(r"[0-9a-f]{12}", digits) or len(set(digits)) < 2:
        return ""
    return "" if int(digits[:2], 16) & 0b11 else digits  # the two lowest bits: group, locally administered


# Linux: files below /sys, /proc, /etc and /dev.


def _read_linux(root: Path) -> Reading:
    system = _system_device(root)
    cpuinfo = _text(root / "proc/cpuinfo")
    dmi = root / "sys/class/dmi/id"
    values = {
        "product_uuid": _linux_product(root),
        "disk": _linux_disk(root, system),
        "network": _own_address(list(_linux_adapters(root))),
        "machine_id": _first(*(_application_id(_text(root / path)) for path in _MACHINE_ID_FILES)),
        "volume": _linked_name(root / "dev/disk/by-uuid", system),
        "board": _linux_board(root),
        "cpu": _linux_cpu(cpuinfo),
        "memory": _linux_memory(_text(root / "proc/meminfo")),
    }
    names = [_text(dmi / name) for name in ("sys_vendor", "product_name", "board_vendor")]
    virtual = _is_virtual(*names) or re.search(r"^flags\s*:.*\bhypervisor\b", cpuinfo, re.M) is not None
    return _reading(values, virtual, any(_exists(root / path) for path in _CONTAINER_FILES))


_MACHINE_ID_FILES = ("etc/machine-id", "var/lib/dbus/machine-id")
_CONTAINER_FILES = (".dockerenv", "run/.containerenv", "run/systemd/container")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0 \t\r\n")
    except OSError:
        return ""


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder on the way that is not ours to look into
        return False


def _target(link: Path) -> str:
    try:
        return link.readlink().name
    except OSError:
        return ""


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _linux_product(root: Path) -> str:
    dmi = root / "sys/class/dmi/id"
    if _exists(dmi):  # all three are for root only: one of them never stands in because of missing rights
        return _first(*(_text(dmi / name) for name in ("product_uuid", "product_serial", "board_serial")))
    return _text(root / "sys/firmware/devicetree/base/serial-number")


def _linux_board(root: Path) -> str:
    """Not the board's serial number: that needs rights, the names do not, and they must not change places."""
    dmi = root / "sys/class/dmi/id"
    return _first(
        _make_and_model(_text(dmi / "board_vendor"), _text(dmi / "board_name")),
        _make_and_model(_text(dmi / "sys_vendor"), _text(dmi / "product_name")),
        _text(root / "sys/firmware/devicetree/base/model"),
    )


def _system_device(root: Path) -> Path | None:
    """The block device that holds the root file system, None where there is none (a container, a network)."""
    mounts = [line.split() for line in _text(root / "proc/self/mountinfo").splitlines()]
    mounted = [fields for fields in mounts if len(fields) > 4 and fields[4] == "/" and "-" in fields]
    if not mounted:
        return None
    fields = mounted[-1]  # the last one covers those below it
    name = Path([*fields[fields.index("-") + 1 :], "", ""][1]).name
    # By its number; by its name where the number is made up, as btrfs does it.
    places = [root / "sys/dev/block" / fields[2], *_named_devices(root, name)]
    return next((place.resolve() for place in places if _exists(place)), None)


def _named_devices(root: Path, name: str) -> Iterator[Path]:
    devices = root / "sys/class/block"
    if name:
        yield devices / name
        yield from (entry for entry in _entries(devices) if _text(entry / "dm/name") == name)


def _linux_disk(root: Path, system: Path | None) -> str:
    """The smallest of the serial numbers, because a mirrored or joined volume has several disks."""
    serials = [_linux_serial(root, disk) for disk in _disks(system)] if system else []
    return min(filter(None, serials), default="")


def _disks(device: Path) -> list[Path]:
    if _exists(device / "partition"):
        return _disks(device.parent)
    below = [disk for part in _entries(device / "slaves") for disk in _disks(part.resolve())]
    return below or [device]


def _linux_serial(root: Path, disk: Path) -> str:
    # NVMe and memory cards; virtio; NVMe; SATA and SCSI; memory cards. Everyone may read all of them.
    names = ("device/serial", "serial", "wwid", "device/wwid", "device/cid")
    return _first(*(_text(disk / name) for name in names), _linked_name(root / "dev/disk/by-id", disk))


def _linked_name(folder: Path, device: Path | None) -> str:
    """The first name in this folder of links that leads to the device."""
    if device is None:
        return ""
    return next((link.name for link in _entries(folder) if _target(link) == device.name), "")


def _linux_adapters(root: Path) -> Iterator[_Adapter]:
    """Those with a device behind them: loopback, bridges, tunnels and a container's adapters have none."""
    for entry in _entries(root / "sys/class/net"):
        if _exists(entry / "device"):
            yield _Adapter(_linux_rank(entry), _linux_address(entry))


def _linux_rank(entry: Path) -> int:
    if any(re.fullmatch(r"usb\d+", part) for part in (entry / "device").resolve().parts):
        return _PLUGGED
    return _WIRELESS if _exists(entry / "wireless") or _exists(entry / "phy80211") else _WIRED


def _linux_address(entry: Path) -> str:
    bonded = _text(entry / "bonding_slave/perm_hwaddr")  # a bond gives all its adapters one address
    permanent = _text(entry / "addr_assign_type") in ("", "0")  # 0 permanent, 1 random, 2 stolen, 3 set
    return bonded or (_text(entry / "address") if permanent else "")


def _linux_cpu(cpuinfo: str) -> str:
    processors = [_fields(part) for part in cpuinfo.split("\n\n")]
    for name in ("model name", "cpu model", "uarch"):
        for processor in processors:
            if name in processor:
                return processor[name]
    # ARM tells each core by numbers, and one chip may hold several kinds of core.
    names = ("CPU implementer", "CPU architecture", "CPU variant", "CPU part")
    return " ".join(sorted({"/".join(p[n] for n in names) for p in processors if p.keys() >= set(names)}))


def _fields(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _linux_memory(meminfo: str) -> str:
    total = re.search(r"^MemTotal:\s*(\d+) kB", meminfo, re.M)
    return _usual_size(int(total[1]) << 10) if total else ""


# macOS: the commands that come with it.


def _ask(run: Run, *command: str) -> str:
    try:
        return run(command)
    except (OSError, subprocess.SubprocessError):
        return ""


def _read_macos(run: Run) -> Reading:
    expert = dict(re.findall(r'"(\w+)" = "([^"]*)"', _ask(run, "/usr/sbin/ioreg", "-rd1", "-c", _EXPERT)))
    model, cpu, memory = (_ask(run, "/usr/sbin/sysctl", "-n", name).strip() for name in _SYSCTL)
    values = {
        "product_uuid": _first(expert.get("IOPlatformUUID", ""), expert.get("IOPlatformSerialNumber", "")),
        "disk": _macos_disk(run),
        "network": _own_address(list(_macos_adapters(run))),
        # machine_id: macOS draws none; IOPlatformUUID belongs to the computer.
        "volume": _macos_volume(run),
        "board": _make_and_model("Apple", model),
        "cpu": cpu,
        "memory": _usual_size(int(memory)) if memory.isdecimal() else "",
    }
    return _reading(values, _is_virtual(model, cpu))


_EXPERT = "IOPlatformExpertDevice"
_SYSCTL = ("hw.model", "machdep.cpu.brand_string", "hw.memsize")


def _macos_disk(run: Run) -> str:
    """The built-in disk with the lowest name: the system volume hides which disk it lies on behind APFS."""
    printed = _ask(run, "/usr/sbin/system_profiler", "-json", "SPNVMeDataType", "SPSerialATADataType")
    disks = [item for item in _items(_json(printed)) if item.get("device_serial")]
    built_in = [disk for disk in disks if disk.get("detachable_drive") != "yes"]
    built_in.sort(key=lambda disk: str(disk.get("bsd_name")))
    return str(built_in[0]["device_serial"]) if built_in else ""


def _items(value: object) -> Iterator[dict[str, Any]]:
    """Every object anywhere in this JSON."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _items(inner)


def _macos_adapters(run: Run) -> Iterator[_Adapter]:
    for port in _ask(run, "/usr/sbin/networksetup", "-listallhardwareports").split("\n\n"):
        fields = _fields(port)
        if "Ethernet Address" in fields:
            yield _Adapter(_macos_rank(fields.get("Hardware Port", "")), fields["Ethernet Address"])


def _macos_rank(port: str) -> int:
    # "Ethernet Adapter (en4)" is what a notebook calls a socket that something may be plugged into.
    if re.fullmatch(r"(\d+ Gigabit )?Ethernet( \d+)?", port):
        return _WIRED
    return _WIRELESS if port in ("Wi-Fi", "AirPort") else _PLUGGED


def _macos_volume(run: Run) -> str:
    """That of the data volume, because an update may bring a new system volume; old systems have one only."""
    return _first(*(_macos_volume_uuid(run, place) for place in ("/System/Volumes/Data", "/")))


def _macos_volume_uuid(run: Run, place: str) -> str:
    try:
        info = plistlib.loads(_ask(run, "/usr/sbin/diskutil", "info", "-plist", place).encode())
    except (ValueError, ExpatError, LookupError):  # the latter where tags are no property list's
        return ""
    return _word(info.get("VolumeUUID")) if isinstance(info, dict) else ""


# Windows: the registry and one PowerShell, asked for everything at once because it starts slowly.

# No double quotes: they would have to survive the command line.
_SCRIPT = r"""
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$product = Get-CimInstance Win32_ComputerSystemProduct
$board = Get-CimInstance Win32_BaseBoard
$system = Get-CimInstance Win32_ComputerSystem
$volume = Get-CimInstance Win32_LogicalDisk | Where-Object DeviceID -eq $env:SystemDrive
$disk = $volume | Get-CimAssociatedInstance -ResultClassName Win32_DiskPartition |
  Get-CimAssociatedInstance -ResultClassName Win32_DiskDrive
$adapters = Get-CimInstance -Namespace root/StandardCimv2 MSFT_NetAdapter | Where-Object HardwareInterface
@{
  uuid = $product.UUID
  product_serial = $product.IdentifyingNumber
  board_serial = $board.SerialNumber
  maker = $board.Manufacturer
  model = $board.Product
  system_maker = $system.Manufacturer
  system_model = $system.Model
  memory = $system.TotalPhysicalMemory
  cpu = @(Get-CimInstance Win32_Processor)[0].Name
  disk = $disk.SerialNumber
  volume = $volume.VolumeSerialNumber
  adapters = @($adapters | ForEach-Object {
    @{ device = $_.PnPDeviceID; medium = $_.NdisPhysicalMedium; address = $_.PermanentAddress } })
} | ConvertTo-Json -Depth 3 -Compress
"""

_CRYPTOGRAPHY = r"HKLM\SOFTWARE\Microsoft\Cryptography"


def _read_windows(run: Run) -> Reading:
    found = _windows_facts(run)
    word = {name: _word(value) for name, value in found.items()}
    names = [word.get(name, "") for name in ("maker", "model", "system_maker", "system_model")]
    values = {
        "product_uuid": _first(*(word.get(name, "") for name in ("uuid", "product_serial", "board_serial"))),
        "disk": word.get("disk", ""),
        "network": _own_address(list(_windows_adapters(found.get("adapters")))),
        "machine_id": _windows_machine_id(run),
        "volume": word.get("volume", ""),
        "board": _first(_make_and_model(*names[:2]), _make_and_model(*names[2:])),
        "cpu": word.get("cpu", ""),
        "memory": _usual_size(int(word["memory"])) if word.get("memory", "").isdecimal() else "",
    }
    return _reading(values, _is_virtual(*names))


def _windows_folder() -> str:
    return os.environ.get("SYSTEMROOT", r"C:\Windows") + r"\System32"


def _windows_facts(run: Run) -> dict[str, Any]:
    powershell = _windows_folder() + r"\WindowsPowerShell\v1.0\powershell.exe"
    facts = _json(_ask(run, powershell, "-NoProfile", "-NonInteractive", "-Command", _SCRIPT))
    return facts if isinstance(facts, dict) else {}


def _windows_machine_id(run: Run) -> str:
    # /reg:64: a 32-bit program would be shown another, empty part of the registry.
    reg = _windows_folder() + r"\reg.exe"
    printed = _ask(run, reg, "query", _CRYPTOGRAPHY, "/v", "MachineGuid", "/reg:64")
    guid = re.search(r"MachineGuid\s+REG_SZ\s+(\S+)", printed)
    return _application_id(guid[1]) if guid else ""


def _windows_adapters(found: object) -> Iterator[_Adapter]:
    for item in _items(found):
        device, medium = _word(item.get("device")).upper(), item.get("medium")
        plugged = not device.startswith(("PCI\\", "ACPI\\", "VMBUS\\"))
        rank = _PLUGGED if plugged else _WIRELESS if medium == _NATIVE_802_11 else _WIRED
        yield _Adapter(rank, _word(item.get("address")))


_NATIVE_802_11 = 9  # NdisPhysicalMediumNative802_11


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _word(value: object) -> str:
    """A single value of JSON as text; of several the smallest, because their order may change."""
    if isinstance(value, list):
        return min(filter(None, map(_word, value)), default="")
    return str(value) if isinstance(value, str | int) else ""

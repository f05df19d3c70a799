"""Reading a computer's components: trees of files for Linux, printed answers for macOS and Windows."""

import json
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from activation_core.hardware import COMPONENTS, same_machine, tags
from activation_core.machine.components import APPLICATION, load_profile, read_components, run_command

PROFILES = Path(__file__).parents[3] / "data/machines"

Tree = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Lays files below a root of its own; a value that starts with `-> ` is a link, '/' an empty folder."""

    def lay(files: Mapping[str, str]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content.startswith("-> "):
                path.symlink_to(content.removeprefix("-> "))
            elif content == "/":
                path.mkdir()
            else:
                path.write_text(content + "\n", encoding="utf-8")
        return tmp_path

    return lay


def mount(number: str, kind: str, source: str) -> str:
    return f"22 1 0:21 / /proc rw shared:12 - proc proc rw\n23 1 {number} / / rw,relatime - {kind} {source} rw"


ETHERNET = "sys/devices/pci0000:00/0000:00:1f.6"

DESKTOP = {
    "etc/machine-id": "5d3a91c47e0b4f6892ac13d70e84b65f",
    "sys/class/dmi/id/product_uuid": "4C4C4544-0042-3510-8052-B3C04F4B4E32",
    "sys/class/dmi/id/board_serial": "/DEMO123/",
    "sys/class/dmi/id/board_vendor": "Example Boards",
    "sys/class/dmi/id/board_name": "Z790-DEMO",
    "sys/class/dmi/id/sys_vendor": "Example Computers",
    "proc/self/mountinfo": mount("259:2", "ext4", "/dev/nvme0n1p2"),
    "sys/devices/nvme/nvme0/serial": "DEMO-NVME-77",
    "sys/devices/nvme/nvme0/nvme0n1/device": "-> ../../nvme0",
    "sys/devices/nvme/nvme0/nvme0n1/nvme0n1p2/partition": "2",
    "sys/dev/block/259:2": "-> ../../devices/nvme/nvme0/nvme0n1/nvme0n1p2",
    "dev/disk/by-uuid/1111-2222": "-> ../../nvme0n1p1",
    "dev/disk/by-uuid/6b1f3c52-0d6e-4e2b-9d3c-1a2b3c4d5e6f": "-> ../../nvme0n1p2",
    "sys/class/net/eno1/device": f"-> ../../../../{ETHERNET}",
    f"{ETHERNET}/vendor": "0x8086",
    "sys/class/net/eno1/address": "00:00:5e:00:53:0a",
    "sys/class/net/eno1/addr_assign_type": "0",
    "sys/class/net/lo/address": "00:00:00:00:00:00",
    "sys/class/net/docker0/address": "00:00:5e:00:53:01",
    "proc/cpuinfo": "processor\t: 0\nmodel name\t: Example  Core i7\nflags\t\t: fpu vme\n\nprocessor\t: 1\n",
    "proc/meminfo": "MemTotal:       16166400 kB\nMemFree: 1 kB",
}

DESKTOP_READ = {
    "product_uuid": "4c4c4544-0042-3510-8052-b3c04f4b4e32",
    "disk": "demo-nvme-77",
    "network": "00005e00530a",
    "machine_id": "bbfd649fe48044978da99203314a2cb7",
    "volume": "6b1f3c52-0d6e-4e2b-9d3c-1a2b3c4d5e6f",
    "board": "example boards z790-demo",
    "cpu": "example core i7",
    "memory": "16384 mib",
}


def linux(root: Path) -> dict[str, str]:
    return read_components(root, "linux").components


def without(files: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: content for name, content in files.items() if not any(part in name for part in names)}


# This very computer


def test_this_computer_shows_known_components_and_the_same_ones_twice() -> None:
    reading = read_components()

    assert reading.components.keys() | reading.weak.keys() <= set(COMPONENTS)
    assert all(reading.components.values())
    assert reading == read_components()
    assert tags(b"secret", reading.components) == tags(b"secret", read_components().components)


@pytest.mark.skipif(not shutil.which("systemd-id128"), reason="systemd-id128 is not on this computer")
def test_the_machine_id_is_hashed_as_systemd_hashes_it() -> None:
    command = [shutil.which("systemd-id128") or "", "machine-id", f"--app-specific={APPLICATION}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=False)
    if printed.returncode:
        pytest.skip("this computer has no machine id")

    assert read_components().components["machine_id"] == printed.stdout.strip()


# Linux


def test_a_desktop_shows_all_eight(tree: Tree) -> None:
    reading = read_components(tree(DESKTOP), "linux")

    assert reading.components == DESKTOP_READ
    assert reading.weak == {}


def test_the_machine_id_itself_does_not_show(tree: Tree) -> None:
    assert "5d3a91c47e0b4f68" not in str(linux(tree(DESKTOP)))


@pytest.mark.parametrize("content", ["", "uninitialized", "0" * 32, "0123456789abcdef"])
def test_a_machine_id_that_is_none_is_absent(tree: Tree, content: str) -> None:
    assert "machine_id" not in linux(tree(DESKTOP | {"etc/machine-id": content}))


def test_an_old_system_keeps_its_machine_id_with_dbus(tree: Tree) -> None:
    files = without(DESKTOP, "machine-id") | {"var/lib/dbus/machine-id": DESKTOP["etc/machine-id"]}

    assert linux(tree(files))["machine_id"] == DESKTOP_READ["machine_id"]


def test_without_rights_one_component_is_absent_and_the_others_stay(tree: Tree) -> None:
    reading = read_components(tree(without(DESKTOP, "product_uuid", "board_serial")), "linux")

    assert reading.components == without(DESKTOP_READ, "product_uuid")
    assert reading.weak.keys() == {"product_uuid"}
    assert same_machine(tags(b"s", DESKTOP_READ), tags(b"s", reading.components))


@pytest.mark.parametrize(
    "nothing",
    [
        "To Be Filled By O.E.M.",
        "To be filled by O.E.M.",
        "Default string",
        "Default_string",
        "None",
        "Not Specified",
        "Not Applicable",
        "N/A",
        "INVALID",
        "System Serial Number",
        "0123456789",
        "1234567890",
        "123456789",
        "0",
        "xxxxxxxx",
        "........",
        " ",
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "03000200-0400-0500-0006-000700080009",
        "00010203-0405-0607-0809-0A0B0C0D0E0F",
        "FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE",
        "76006B9C-C49C-0000-0000-000000000000",
    ],
)
def test_what_a_maker_did_not_fill_in_is_absent(tree: Tree, nothing: str) -> None:
    empty = dict.fromkeys((name for name in DESKTOP if "dmi/id" in name), nothing)
    empty |= {"sys/devices/nvme/nvme0/serial": nothing}

    assert not linux(tree(DESKTOP | empty)).keys() & {"product_uuid", "board", "disk"}


def test_a_board_without_a_number_falls_back_to_its_serial(tree: Tree) -> None:
    bad = {"sys/class/dmi/id/product_uuid": "03000200-0400-0500-0006-000700080009"}

    assert linux(tree(DESKTOP | bad))["product_uuid"] == "/demo123/"


def test_a_single_board_computer_is_read_from_its_device_tree(tree: Tree) -> None:
    files = without(DESKTOP, "dmi", "cpuinfo", "nvme", "mountinfo") | {
        "sys/firmware/devicetree/base/serial-number": "10000000demo0001\0",
        "sys/firmware/devicetree/base/model": "Example Pi 4 Model B Rev 1.4\0",
        "proc/self/mountinfo": mount("179:2", "ext4", "/dev/root"),
        "sys/devices/mmc0/block/mmcblk0/device/serial": "0x1234abcd",
        "sys/devices/mmc0/block/mmcblk0/mmcblk0p2/partition": "2",
        "sys/dev/block/179:2": "-> ../../devices/mmc0/block/mmcblk0/mmcblk0p2",
        "proc/cpuinfo": "\n\n".join(
            f"processor\t: {n}\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: {part}"
            for n, part in enumerate(("0xd0b", "0xd4d", "0xd03", "0xd41", "0xd0b"))
        ),
    }
    read = linux(tree(files))

    assert read["product_uuid"] == "10000000demo0001"
    assert read["board"] == "example pi 4 model b rev 1.4"
    assert read["disk"] == "0x1234abcd"
    assert read["cpu"] == "0x41/8/0x0/0xd03 0x41/8/0x0/0xd0b 0x41/8/0x0/0xd41 0x41/8/0x0/0xd4d"


def test_a_bare_computer_without_firmware_tables_shows_what_it_has(tree: Tree) -> None:
    reading = read_components(tree({"proc/meminfo": "MemTotal: 2016640 kB"}), "linux")

    assert reading.components == {"memory": "2048 mib"}
    assert set(COMPONENTS) - {"memory"} == reading.weak.keys()


def test_an_empty_root_shows_nothing(tmp_path: Path) -> None:
    assert linux(tmp_path) == {}


def test_a_virtual_machine_says_what_a_copy_keeps(tree: Tree) -> None:
    guest = {
        "sys/class/dmi/id/sys_vendor": "QEMU",
        "sys/class/net/eno1/address": "52:54:00:12:34:56",
        "sys/devices/nvme/nvme0/serial": "QM00001",
    }
    reading = read_components(tree(DESKTOP | guest), "linux")

    assert reading.components.keys() == DESKTOP_READ.keys() - {"network", "disk"}
    assert "hypervisor" in reading.weak["product_uuid"]
    assert "made up by software" in reading.weak["network"]


def test_a_virtual_machine_without_names_is_known_by_its_processor(tree: Tree) -> None:
    cpu = {"proc/cpuinfo": "model name : Example\nflags : fpu hypervisor lahf_lm\n"}

    assert "copy" in read_components(tree(DESKTOP | cpu), "linux").weak["machine_id"]


@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv", "run/systemd/container"])
def test_a_container_says_that_all_it_shows_is_shared(tree: Tree, mark: str) -> None:
    inside = without(DESKTOP, "dev/disk", "sys/class/net/eno1/device") | {
        mark: "",
        "proc/self/mountinfo": mount("0:45", "overlay", "overlay"),
        "sys/class/net/eno1/address": "02:42:ac:11:00:02",
    }
    reading = read_components(tree(inside), "linux")

    assert not reading.components.keys() & {"disk", "network", "volume"}
    assert reading.weak.keys() == set(COMPONENTS)
    assert "image" in reading.weak["machine_id"]


# Linux: the disk below the system


def test_an_encrypted_mirror_is_known_by_the_smaller_serial_number(tree: Tree) -> None:
    files = without(DESKTOP, "nvme", "mountinfo", "by-uuid") | {
        "proc/self/mountinfo": mount("0:29", "btrfs", "/dev/mapper/luks-root"),
        "sys/class/block/dm-0": "-> ../../devices/virtual/block/dm-0",
        "sys/devices/virtual/block/dm-0/dm/name": "luks-root",
        "sys/devices/virtual/block/dm-0/slaves/md0": "-> ../../md0",
        "sys/devices/virtual/block/md0/slaves/sda1": "-> ../../../../sata/sda/sda1",
        "sys/devices/virtual/block/md0/slaves/sdb1": "-> ../../../../sata/sdb/sdb1",
        "sys/devices/sata/sda/sda1/partition": "1",
        "sys/devices/sata/sdb/sdb1/partition": "1",
        "sys/devices/sata/sda/device/wwid": "naa.5000c500demo0009",
        "sys/devices/sata/sdb/device/wwid": "naa.5000c500demo0003",
        "dev/disk/by-uuid/aaaa-bbbb-cccc": "-> ../../dm-0",
    }
    read = linux(tree(files))

    assert read["disk"] == "naa.5000c500demo0003"
    assert read["volume"] == "aaaa-bbbb-cccc"


def test_a_virtual_disk_is_known_by_the_serial_number_it_was_given(tree: Tree) -> None:
    files = without(DESKTOP, "nvme", "mountinfo") | {
        "proc/self/mountinfo": mount("254:0", "ext4", "/dev/vda"),
        "sys/dev/block/254:0": "-> ../../devices/virtio1/block/vda",
        "sys/devices/virtio1/block/vda/serial": "vol-demo-1",
    }

    assert linux(tree(files))["disk"] == "vol-demo-1"


def test_a_disk_that_says_nothing_itself_is_known_by_its_link(tree: Tree) -> None:
    files = without(DESKTOP, "nvme0/serial") | {
        "dev/disk/by-id/nvme-Example_DEMO77": "-> ../../nvme0n1",
        "dev/disk/by-id/nvme-Example_DEMO77-part2": "-> ../../nvme0n1p2",
        "dev/disk/by-id/a-file": "no link",
    }

    assert linux(tree(files))["disk"] == "nvme-example_demo77"


def test_a_root_that_lies_over_another_counts(tree: Tree) -> None:
    first = "20 1 0:2 / / rw - rootfs rootfs rw\n"

    assert linux(tree(DESKTOP | {"proc/self/mountinfo": first + DESKTOP["proc/self/mountinfo"]})) == DESKTOP_READ


def test_a_device_that_cannot_be_looked_up_leaves_the_disk_absent(tree: Tree) -> None:
    files = DESKTOP | {
        "proc/self/mountinfo": mount("0:31", "odd", "/dev/" + "x" * 300),
        "sys/class/block/dm-0/dm/name": "another",
    }

    assert not linux(tree(files)).keys() & {"disk", "volume"}


# Linux: the network address


def adapter(name: str, address: str, behind: str = "pci0/0000", **more: str) -> dict[str, str]:
    place = f"sys/class/net/{name}"
    return {
        f"{place}/device": f"-> ../../../../sys/devices/{behind}/{name}",
        f"sys/devices/{behind}/{name}/vendor": "0x1",
        f"{place}/address": address,
    } | {f"{place}/{file}": content for file, content in more.items()}


BARE = without(DESKTOP, "sys/class/net")


@pytest.mark.parametrize(
    ("adapters", "address"),
    [
        (adapter("a", "00:00:5e:00:53:02") | adapter("b", "00:00:5e:00:53:01"), "00005e005301"),
        (adapter("a", "00:00:5e:00:53:02") | adapter("b", "02:42:ac:11:00:02"), "00005e005302"),
        (adapter("a", "52:54:00:12:34:56"), None),
        (adapter("a", "01:00:5e:00:00:01"), None),
        (adapter("a", "00:00:00:00:00:00"), None),
        (adapter("a", "00:00:5e:00:53:02", addr_assign_type="3"), None),
        (adapter("ib", "80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01"), None),
        (adapter("a", "00:00:5e:00:53:02") | adapter("w", "00:00:5e:00:53:01", phy80211="/"), "00005e005302"),
        (adapter("a", "00:00:5e:00:53:02") | adapter("u", "00:00:5e:00:53:01", "usb1/1-1"), "00005e005302"),
        (adapter("u", "00:00:5e:00:53:01", "usb1/1-1"), "00005e005301"),
        (
            adapter("w", "00:00:5e:00:53:02", wireless="/", addr_assign_type="3")
            | adapter("u", "00:00:5e:00:53:01", "usb1/1-1"),
            None,
        ),
        (
            adapter("a", "00:00:5e:00:53:02")
            | adapter("b", "00:00:5e:00:53:02", addr_assign_type="3")
            | {"sys/class/net/b/bonding_slave/perm_hwaddr": "00:00:5e:00:53:01"},
            "00005e005301",
        ),
    ],
    ids=[
        "the smallest",
        "not one made by software",
        "not that of a virtual machine",
        "not that of a group",
        "not zero",
        "not one that was set",
        "not one of another kind of network",
        "wired before wireless",
        "built in before plugged in",
        "plugged in where nothing else is",
        "no dongle for a random wireless address",
        "the own one of a bonded adapter",
    ],
)
def test_the_network_address_is_one_that_stays(tree: Tree, adapters: dict[str, str], address: str | None) -> None:
    assert linux(tree(BARE | adapters)).get("network") == address


# Memory


@pytest.mark.parametrize(
    ("kib", "size"),
    [
        (16_777_216, "16384 mib"),
        (16_252_928, "16384 mib"),
        (13_000_000, "16384 mib"),
        (24_684_084, "24576 mib"),
        (8_010_000, "8192 mib"),
        (3_884_000, "4096 mib"),
        (948_000, "1024 mib"),
        (485_000, "512 mib"),
        (65_800_000, "65536 mib"),
    ],
)
def test_what_the_system_keeps_for_itself_does_not_change_the_memory(tree: Tree, kib: int, size: str) -> None:
    assert linux(tree(DESKTOP | {"proc/meminfo": f"MemTotal: {kib} kB"}))["memory"] == size


# macOS


class Printed:
    """Answers commands by a word in them, as a system would print it; all others are missing."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers

    def __call__(self, command: Sequence[str]) -> str:
        for word, printed in self.answers.items():
            if word in " ".join(command):
                return printed
        raise FileNotFoundError(command[0])


NOTEBOOK = {
    "ioreg": """+-o J314sAP  <class IOPlatformExpertDevice, id 0x100000227, registered>
    {
      "IOPlatformSerialNumber" = "DEMO12345X"
      "IOPlatformUUID" = "1A2B3C4D-5E6F-4A0B-8C1D-2E3F40516273"
      "manufacturer" = <"Apple Inc.">
    }
""",
    "hw.model": "Mac14,9\n",
    "brand_string": "Example M2 Pro\n",
    "hw.memsize": "17179869184\n",
    "system_profiler": json.dumps(
        {
            "SPNVMeDataType": [
                {
                    "_items": [
                        {"bsd_name": "disk4", "device_serial": "PLUGGED", "detachable_drive": "yes"},
                        {"bsd_name": "disk0", "device_serial": "DEMO0BA01", "detachable_drive": "no"},
                    ]
                }
            ],
            "SPSerialATADataType": [],
        }
    ),
    "networksetup": """
Hardware Port: Ethernet Adapter (en4)
Device: en4
Ethernet Address: 00:00:5e:00:53:01

Hardware Port: Thunderbolt Bridge
Device: bridge0
Ethernet Address: 36:00:5e:00:53:02

Hardware Port: Wi-Fi
Device: en0
Ethernet Address: 00:00:5e:00:53:99

VLAN Configurations
===================
""",
    "/System/Volumes/Data": "<plist><dict><key>VolumeUUID</key><string>5A-DE-MO-01</string></dict></plist>",
    "-plist /": "<plist><dict><key>VolumeUUID</key><string>OLD-SYSTEM</string></dict></plist>",
}


def test_a_mac_shows_seven_components() -> None:
    reading = read_components(platform="darwin", run=Printed(NOTEBOOK))

    assert reading.components == {
        "product_uuid": "1a2b3c4d-5e6f-4a0b-8c1d-2e3f40516273",
        "disk": "demo0ba01",
        "network": "00005e005399",
        "volume": "5a-de-mo-01",
        "board": "apple mac14,9",
        "cpu": "example m2 pro",
        "memory": "16384 mib",
    }
    assert reading.weak.keys() == {"machine_id"}


def test_an_old_mac_has_one_volume_and_a_socket_for_the_wire() -> None:
    old = without(NOTEBOOK, "Data") | {
        "networksetup": NOTEBOOK["networksetup"].replace("Ethernet Adapter (en4)", "Ethernet")
    }
    read = read_components(platform="darwin", run=Printed(old)).components

    assert (read["volume"], read["network"]) == ("old-system", "00005e005301")


def test_a_virtual_mac_says_so() -> None:
    reading = read_components(platform="darwin", run=Printed(NOTEBOOK | {"hw.model": "VMware7,1"}))

    assert "hypervisor" in reading.weak["product_uuid"]


# Windows

OFFICE = {
    "reg.exe": "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n"
    "    MachineGuid    REG_SZ    5d3a91c4-7e0b-4f68-92ac-13d70e84b65f\r\n\r\n",
    "powershell.exe": json.dumps(
        {
            "uuid": "4C4C4544-0042-3510-8052-B3C04F4B4E32",
            "product_serial": "DEMO42",
            "board_serial": "Default string",
            "maker": "Example Boards",
            "model": "Z790-DEMO",
            "system_maker": "Example Computers",
            "system_model": "Office 7",
            "memory": 16_986_931_200,
            "cpu": "Example Core i7   ",
            "disk": "DEMO_77.",
            "volume": "A1B2C3D4",
            "adapters": [
                {"device": "ROOT\\VMS_MP\\0000", "medium": 0, "address": "00005E005301"},
                {"device": "PCI\\VEN_8086&DEV_1", "medium": 9, "address": "00005E005302"},
                {"device": "PCI\\VEN_8086&DEV_2", "medium": 14, "address": "00005E005303"},
                {"device": None, "medium": None, "address": None},
            ],
        }
    ),
}


def windows(**changes: object) -> dict[str, str]:
    facts = json.loads(OFFICE["powershell.exe"]) | changes
    return read_components(platform="win32", run=Printed(OFFICE | {"powershell.exe": json.dumps(facts)})).components


def test_a_windows_computer_shows_all_eight() -> None:
    reading = read_components(platform="win32", run=Printed(OFFICE))

    assert reading.weak == {}
    assert reading.components == {
        "product_uuid": "4c4c4544-0042-3510-8052-b3c04f4b4e32",
        "disk": "demo_77.",
        "network": "00005e005303",
        "machine_id": "bbfd649fe48044978da99203314a2cb7",
        "volume": "a1b2c3d4",
        "board": "example boards z790-demo",
        "cpu": "example core i7",
        "memory": "16384 mib",
    }


def test_several_disks_below_one_volume_show_the_smallest_number() -> None:
    assert windows(disk=["ZZ-9", None, "AA-1"])["disk"] == "aa-1"


def test_one_adapter_needs_no_list() -> None:
    one = {"device": "PCI\\VEN_1", "medium": 14, "address": "00-00-5E-00-53-07"}

    assert windows(adapters=one)["network"] == "00005e005307"


def test_a_board_without_a_name_is_known_by_the_computers_name() -> None:
    assert windows(model="To be filled by O.E.M.")["board"] == "example computers office 7"


def test_a_virtual_windows_says_so() -> None:
    facts = json.loads(OFFICE["powershell.exe"]) | {"system_model": "Virtual Machine"}
    run = Printed(OFFICE | {"powershell.exe": json.dumps(facts)})

    assert "hypervisor" in read_components(platform="win32", run=run).weak["disk"]


@pytest.fixture
def asked() -> list[str]:
    """The commands by which Windows is asked, each as one line."""
    commands: list[str] = []

    def run(command: Sequence[str]) -> str:
        commands.append(" ".join(command))
        return ""

    read_components(platform="win32", run=run)
    return commands


def test_only_one_slow_powershell_is_started_and_no_double_quote_has_to_survive(asked: list[str]) -> None:
    assert sum("powershell" in command for command in asked) == 1
    assert not any('"' in command for command in asked)


def test_a_32_bit_program_reads_the_same_registry(asked: list[str]) -> None:
    assert any("MachineGuid" in command and command.endswith("/reg:64") for command in asked)


# What goes wrong


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@pytest.mark.parametrize(
    "failure",
    [
        FileNotFoundError("no such command"),
        PermissionError("not yours"),
        subprocess.TimeoutExpired("ioreg", 15),
        subprocess.CalledProcessError(1, "reg"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_command_that_fails_leaves_its_component_absent(platform: str, failure: Exception) -> None:
    def run(command: Sequence[str]) -> str:
        raise failure

    assert read_components(platform=platform, run=run).components == {}


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@pytest.mark.parametrize(
    "printed",
    [
        "",
        "nonsense",
        "[]",
        "[1, [2]]",
        '"text"',
        "{",
        "<plist><array/></plist>",
        "<plist><dict>",
        "<plist><key>a</key></plist>",
    ],
)
def test_nonsense_leaves_all_absent_but_what_takes_any_words(platform: str, printed: str) -> None:
    read = read_components(platform=platform, run=lambda command: printed).components

    assert read.keys() <= {"cpu", "board"}


def test_an_unknown_platform_shows_nothing() -> None:
    assert read_components(platform="plan9").components == {}


def test_a_command_prints() -> None:
    assert run_command([sys.executable, "-c", "print('Grüße')"]).strip() in ("Grüße", "Gr��e")


def test_a_missing_failing_or_slow_command_raises_what_the_reader_expects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("activation_core.machine.components.SECONDS", 0.2)

    with pytest.raises(OSError, match="no-such-command"):
        run_command(["/no-such-command"])
    with pytest.raises(subprocess.CalledProcessError):
        run_command([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(subprocess.TimeoutExpired):
        run_command([sys.executable, "-c", "import time; time.sleep(9)"])


def test_no_raw_value_shows_in_a_repr_or_a_log(tree: Tree, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        shown = repr(read_components(tree(DESKTOP), "linux"))

    assert not any(value in shown for value in DESKTOP_READ.values())
    assert not caplog.records


# Profiles


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_each_profile_reads_and_can_be_activated(path: Path) -> None:
    reading = load_profile(path)
    whole = tags(b"secret", reading.components)

    assert same_machine(whole, whole)
    assert all(why.endswith(".") for why in reading.weak.values())
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_there_are_five_profiles_and_no_two_are_one_computer() -> None:
    readings = {path.stem: load_profile(path).components for path in PROFILES.glob("*.toml")}
    expected = {"ship-bridge", "lab-bench", "plant-controller", "virtual-machine", "container"}

    assert expected <= readings.keys()
    assert not any(
        same_machine(tags(b"secret", one), tags(b"secret", other))
        for one in readings.values()
        for other in readings.values()
        if one is not other
    )


def test_the_container_is_the_weakest_profile() -> None:
    reading = load_profile(PROFILES / "container.toml")

    assert len(reading.components) == 3
    assert reading.weak.keys() == set(COMPONENTS)


HEAD = 'name = "A"\nwhat = "b"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + '[components]\nmouse = "x"', "odd.toml: components.mouse"),
        (HEAD + "[components]\ndisk = 17", "odd.toml: components.disk: must be a string"),
        (HEAD + "[components.disk]\nserial = 'x'", "odd.toml: components.disk: must be a string"),
        (HEAD + "components = 1", "odd.toml: components: must be a table"),
        (HEAD + '[weak]\nmouse = "x"', "odd.toml: weak.mouse"),
        (HEAD + 'colour = "x"', "odd.toml: colour: not a key"),
        ('what = "b"', "odd.toml: name: must be there"),
        ('name = "A"\nwhat = 3', "odd.toml: what: must be there"),
        ("name = ", "odd.toml: "),
    ],
)
def test_a_wrong_profile_is_refused_by_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=re.escape(said)):
        load_profile(path)


def test_a_profile_is_cleaned_as_a_reading_is(tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_text(HEAD + '[components]\ndisk = " AB  C "\ncpu = ""\nboard = "Default string"', encoding="utf-8")

    assert load_profile(path).components == {"disk": "ab c"}

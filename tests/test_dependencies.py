"""What can be told of the dependencies without the Internet; `make audit` asks for known holes."""

import tomllib

from dependency_audit import HOUSE, holes, judged, locked, rounds
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
ASKED = [
    (extra, Requirement(text))
    for extra, texts in {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}.items()
    for text in texts
]


def test_every_locked_file_comes_from_a_registry_and_has_its_hash():
    for package in locked():
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert "registry" in package["source"], package["name"]
        assert all(each["hash"].startswith("sha256:") and len(each["hash"]) == 71 for each in files), package["name"]


def test_each_dependency_is_named_once_and_locked_within_its_range():
    versions = {(package["name"], package["version"]) for package in locked()}
    for extra, asked in ASKED:
        if asked.name == PROJECT["name"]:
            continue
        same = [each for other, each in ASKED if (other, each.name) == (extra, asked.name)]
        found = [version for name, version in versions if name == canonicalize_name(asked.name)]
        assert len(same) == 1, f"{asked.name} is named {len(same)} times"
        assert found, f"{asked} is not locked: uv lock"
        assert all(asked.specifier.contains(version) for version in found), f"{asked}, but locked is {found}: uv lock"


def test_the_lock_was_made_for_what_the_project_asks_now():
    (own,) = (each for each in _packages() if each["name"] == PROJECT["name"])
    known = set()
    for each in own["metadata"]["requires-dist"]:
        extra = each.get("marker", "").partition("'")[2].rstrip("'")  # extra == 'test'
        known.add((canonicalize_name(each["name"]), extra, _sorted(each.get("specifier", ""))))
    asked = {(canonicalize_name(each.name), extra, _sorted(str(each.specifier))) for extra, each in ASKED}
    assert known == asked, "uv lock"


def test_nothing_is_locked_that_nothing_needs():
    packages = _packages()
    needed, new = set[str](), {PROJECT["name"]}
    while new:
        needed |= new
        new = {
            each["name"]
            for package in packages
            if package["name"] in needed
            for group in (package.get("dependencies", []), *package.get("optional-dependencies", {}).values())
            for each in group
        } - needed
    assert {package["name"] for package in packages} == needed


# What is made of the answers of pip-audit


def test_a_hole_is_a_failure_and_what_was_not_looked_up_is_no_all_clear():
    whole = {"name": "a", "version": "1", "vulns": []}
    holed = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
    skipped = {"name": "b", "skip_reason": "not found"}
    assert judged(["a==1"], [whole]) == (["1 of 1 locked dependencies were looked up."], 0)
    assert judged(["a==1", "b==2"], [whole, holed])[1] == 1
    assert list(holes([whole, holed])) == ["HOLE: b 2: PYSEC-1, mended in 3"]
    for found in ([whole, skipped], [whole]):
        said, status = judged(["a==1", "b==2"], found)
        assert (said[-1].partition(",")[0], status) == ("NOT LOOKED UP", 2)
    assert judged(["a==1", "b==2"], [])[1] == 2


def test_versions_for_another_python_are_asked_for_apart():
    packages = [{"name": "a", "version": "1"}, {"name": "a", "version": "2"}, {"name": "b", "version": "1"}]
    assert rounds(packages) == [["a==1", "b==1"], ["a==2"]]


def _packages():
    return tomllib.loads((HOUSE / "uv.lock").read_text("utf-8"))["package"]


def _sorted(specifier):
    return ",".join(sorted(specifier.split(",")))

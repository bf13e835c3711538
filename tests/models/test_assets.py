"""Fetching weight files: real archives are built here, and pip and npm are replaced by programs that copy them."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from models import archives, assets, registry
from models.archives import ArchiveError, OpenArchives
from models.hub import Hub
from models.registry import Asset, HubFile, Part, RegistryError

FIRST, SECOND = os.urandom(70_000), os.urandom(50_001)
VOICE = os.urandom(2048)


@pytest.fixture
def quiet() -> Console:
    return Console(file=io.StringIO(), stderr=False)


@pytest.fixture
def offline() -> Hub:
    return Hub("http://127.0.0.1:9")  # the discard port: nobody listens


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package registry: a folder of archives, with a pip and an npm that copy from it and note each call."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel(shelf / "one-1.0-py3-none-any.whl", {"one/part.bin": FIRST})
    wheel(shelf / "two-1.0-py3-none-any.whl", {"two/part.bin": SECOND})
    tarball(shelf / "voices-2.0.tgz", {"package/voices/a.bin": VOICE})
    calls = tmp_path / "calls"
    calls.touch()
    client = tmp_path / "client.py"
    client.write_text(
        "import pathlib, shutil, sys\n"
        f"shelf, calls = pathlib.Path({str(shelf)!r}), pathlib.Path({str(calls)!r})\n"
        "arguments = sys.argv[1:]\n"
        "pip = 'download' in arguments\n"
        "target = arguments[arguments.index('--dest' if pip else '--pack-destination') + 1]\n"
        "wanted = arguments[-1].replace('==', '-') if pip else arguments[1].replace('@', '-')\n"
        "calls.write_text(calls.read_text() + wanted + '\\n')\n"
        "found = [path for path in shelf.iterdir() if path.name.startswith(wanted)]\n"
        "if not found:\n"
        "    sys.exit('ERROR: no matching distribution for ' + wanted)\n"
        "shutil.copy(found[0], target)\n"
    )
    monkeypatch.setattr(archives, "client_command", lambda kind: [sys.executable, str(client)])
    return Shop(shelf, calls)


class Shop:
    def __init__(self, shelf: Path, calls: Path) -> None:
        self.shelf, self._calls = shelf, calls

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().split()


def wheel(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def tarball(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def asset(name: str, data: bytes, *sources: HubFile | tuple[Part, ...], required: bool = True) -> Asset:
    checksum = hashlib.sha256(data).hexdigest()
    return Asset(name, "a model", "MIT", "test", len(data), checksum, required, "nothing works", sources)


def joined() -> Asset:
    return asset(
        "model/model.bin",
        FIRST + SECOND,
        (Part("pypi", "one==1.0", "one/part.bin"), Part("pypi", "two==1.0", "two/part.bin")),
    )


def voice(required: bool = False) -> Asset:
    return asset(
        "voices/a.bin", VOICE, (Part("npm", "voices==2.0", "package/voices/a.bin"),), required=required
    )


def listed(*wanted: Asset) -> dict[str, Asset]:
    return {one.name: one for one in wanted}


def test_halves_of_two_wheels_and_a_member_of_a_tarball_become_two_files(shop, tmp_path, quiet, offline):
    cache = tmp_path / "cache"
    report = assets.pull(cache=cache, console=quiet, registry=listed(joined(), voice()), hub=offline)
    assert report.ok
    assert sorted(report.pulled) == ["model/model.bin", "voices/a.bin"]
    assert (cache / "model/model.bin").read_bytes() == FIRST + SECOND
    assert (cache / "voices/a.bin").read_bytes() == VOICE
    assert not (cache / ".archives").exists()  # nothing of the archives is kept once all is there


def test_what_is_there_is_not_fetched_again(shop, tmp_path, quiet, offline):
    cache, wanted = tmp_path / "cache", listed(joined())
    assets.pull(cache=cache, console=quiet, registry=wanted, hub=offline)
    before = shop.calls
    report = assets.pull(cache=cache, console=quiet, registry=wanted, hub=offline)
    assert report.present == ["model/model.bin"]
    assert not report.pulled
    assert shop.calls == before


def test_an_interrupted_run_goes_on_with_the_archive_that_it_lacks(shop, tmp_path, quiet, offline):
    cache, wanted = tmp_path / "cache", listed(joined())
    second = (shop.shelf / "two-1.0-py3-none-any.whl").read_bytes()
    (shop.shelf / "two-1.0-py3-none-any.whl").unlink()
    first = assets.pull(cache=cache, console=quiet, registry=wanted, hub=offline)
    assert not first.ok
    assert "no matching distribution" in first.missing[0].reason
    (shop.shelf / "two-1.0-py3-none-any.whl").write_bytes(second)
    again = assets.pull(cache=cache, console=quiet, registry=wanted, hub=offline)
    assert again.ok
    assert shop.calls == ["one-1.0", "two-1.0", "two-1.0"]


def test_a_client_killed_in_mid_download_leaves_no_archive_behind(tmp_path, monkeypatch):
    client = tmp_path / "client.py"
    client.write_text(
        "import os, pathlib, signal, sys\n"
        "target = pathlib.Path(sys.argv[sys.argv.index('--dest') + 1])\n"
        "(target / 'one-1.0-py3-none-any.whl').write_bytes(b'half of it')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    monkeypatch.setattr(archives, "client_command", lambda kind: [sys.executable, str(client)])
    with pytest.raises(ArchiveError, match=r"one==1\.0"):
        archives.fetch("pypi", "one==1.0", tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []


def test_a_damaged_archive_left_by_a_crash_is_fetched_once_more(shop, tmp_path, quiet, offline):
    cache = tmp_path / "cache"
    store = cache / ".archives"
    store.mkdir(parents=True)
    damaged = archives.archive_path(store, "pypi", "one==1.0")
    damaged.write_bytes((shop.shelf / "one-1.0-py3-none-any.whl").read_bytes()[:20_000])
    report = assets.pull(cache=cache, console=quiet, registry=listed(joined()), hub=offline)
    assert report.ok
    assert shop.calls == ["two-1.0", "one-1.0"]


@pytest.mark.parametrize("name", ["one-1.0-py3-none-any.whl", "voices-2.0.tgz"])
def test_an_archive_damaged_at_its_source_is_reported_and_leaves_nothing(
    shop, tmp_path, quiet, offline, name
):
    whole = bytearray((shop.shelf / name).read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 64] = bytes(64)
    (shop.shelf / name).write_bytes(bytes(whole))
    cache = tmp_path / "cache"
    wanted = listed(joined(), voice(required=True))
    report = assets.pull(cache=cache, console=quiet, registry=wanted, hub=offline)
    assert not report.ok
    assert len(report.missing) == 1
    broken = report.missing[0]
    assert not (cache / broken.asset.name).exists()
    assert not list(cache.rglob("*.part"))


def test_a_wrong_checksum_is_refused(shop, tmp_path, quiet, offline):
    wheel(shop.shelf / "two-1.0-py3-none-any.whl", {"two/part.bin": os.urandom(len(SECOND))})
    cache = tmp_path / "cache"
    report = assets.pull(cache=cache, console=quiet, registry=listed(joined()), hub=offline)
    assert not report.ok
    assert "wrong checksum" in report.missing[0].reason
    assert not (cache / "model/model.bin").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(shop, tmp_path, quiet, offline):
    wheel(shop.shelf / "two-1.0-py3-none-any.whl", {"two/part.bin": bytes(50_000_000)})
    report = assets.pull(cache=tmp_path / "cache", console=quiet, registry=listed(joined()), hub=offline)
    assert "larger than" in report.missing[0].reason


def test_a_missing_npm_says_what_it_costs_and_the_rest_goes_on(shop, tmp_path, quiet, offline, monkeypatch):
    with_client = archives.client_command

    def without_npm(kind: str) -> list[str]:
        if kind == "npm":
            raise archives.ClientMissing("npm is not installed")
        return with_client(kind)

    monkeypatch.setattr(archives, "client_command", without_npm)
    report = assets.pull(cache=tmp_path / "c", console=quiet, registry=listed(voice(), joined()), hub=offline)
    assert report.ok  # voices are not required
    assert report.pulled == ["model/model.bin"]
    said = "\n".join(report.lines())
    assert "npm is not installed" in said
    assert "nothing works" in said


def test_without_npm_on_the_path_the_client_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(archives.ClientMissing, match="npm is not installed"):
        archives.client_command("npm")


def test_the_packaged_voices_cost_chinese_its_own_voice():
    voices = [one for one in registry.packaged().values() if one.group == "voices"]
    assert voices
    assert all("Chinese" in one.if_missing and "Japanese voice" in one.if_missing for one in voices)


@pytest.mark.parametrize("member", ["../evil", "/etc/passwd", "a/../../b", ""])
def test_members_that_leave_the_archive_are_refused(tmp_path, member):
    wheel(tmp_path / "a.whl", {"a/b": b"x"})
    opened = OpenArchives()
    with pytest.raises(ArchiveError, match="refused"), opened.member(tmp_path / "a.whl", member):
        pass


def test_a_link_inside_an_archive_is_no_file(tmp_path):
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo("package/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive_:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive_.writestr(link, "/etc/passwd")
    for name, member in (("a.tgz", "package/link"), ("a.whl", "link")):
        opened = OpenArchives()
        with pytest.raises(ArchiveError, match="no plain file"), opened.member(tmp_path / name, member):
            pass


def test_a_check_tells_missing_short_and_altered_files_apart(tmp_path):
    wanted = listed(joined(), voice())
    assert {one.reason for one in assets.check(cache=tmp_path, registry=wanted).missing} == {"not fetched"}
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model.bin").write_bytes(FIRST)
    assert assets.check(["model"], tmp_path, wanted).missing[0].reason == "wrong size"
    (tmp_path / "model/model.bin").write_bytes(SECOND + FIRST)
    assert assets.check(["model"], tmp_path, wanted).missing[0].reason == "wrong checksum"


def test_a_missing_asset_names_the_command_that_brings_it(tmp_path):
    with pytest.raises(assets.AssetMissing, match="tetraphone models pull"):
        assets.asset_path("whisper-base", tmp_path)
    with pytest.raises(KeyError):
        assets.asset_path("no-such-model", tmp_path)


def test_the_cache_folder_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv(assets.CACHE_VARIABLE, str(tmp_path / "elsewhere"))
    assert assets.cache_folder() == tmp_path / "elsewhere"


def test_the_packaged_registry_is_consistent():
    packaged = registry.packaged()
    assert {"whisper-base/model.bin", "kokoro/model.onnx", "silero-vad/silero_vad.onnx"} <= packaged.keys()
    checksums = [one.sha256 for one in packaged.values()]
    assert len(set(checksums)) == len(checksums)
    for one in packaged.values():
        assert one.what and one.licence and one.if_missing
        assert one.archives, f"{one.name} can only come from a hub"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('sha256 = "', "malformed"),
        ("size = ", "malformed"),
        ('licence = "', "licence"),
        ('pypi = "one==1.0"', "no version"),
        ('member = "one/part.bin"', "leaves the archive"),
    ],
)
def test_a_faulty_registry_entry_is_named(tmp_path, change, message):
    lines = {
        'sha256 = "': f'sha256 = "{"0" * 64}"',
        "size = ": "size = 10",
        'licence = "': 'licence = "MIT"',
        "parts": 'sources = [{ parts = [{ pypi = "one==1.0", member = "one/part.bin" }] }]',
    }
    broken = {
        'sha256 = "': 'sha256 = "00"',
        "size = ": "size = 0",
        'licence = "': "",
    }
    if change in broken:
        lines[change] = broken[change]
    elif change.startswith("pypi"):
        lines["parts"] = lines["parts"].replace("one==1.0", "one")
    else:
        lines["parts"] = lines["parts"].replace("one/part.bin", "../part.bin")
    file = tmp_path / "registry.toml"
    head = '[asset."m/x"]\nwhat = "x"\ngroup = "g"\nrequired = true\nif_missing = "x"\n'
    file.write_text(head + "\n".join(lines.values()))
    with pytest.raises(RegistryError, match=message):
        registry.load(file)


class _HubHandler(BaseHTTPRequestHandler):
    content = FIRST + SECOND
    seen: list[str] = []  # noqa: RUF012

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        type(self).seen.append(f"{self.command} {self.path}")
        if self.path != "/" and "model.bin" not in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        if body:
            self.wfile.write(self.content)

    def log_message(self, *arguments: object) -> None:
        return


@pytest.fixture
def hub_server():
    _HubHandler.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _HubHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_reachable_hub_is_preferred(shop, tmp_path, quiet, hub_server):
    wanted = joined()
    from_hub = asset(wanted.name, FIRST + SECOND, HubFile("someone/model", "model.bin"), *wanted.sources)
    report = assets.pull(cache=tmp_path / "c", console=quiet, registry=listed(from_hub), hub=Hub(hub_server))
    assert report.ok
    assert (tmp_path / "c/model/model.bin").read_bytes() == FIRST + SECOND
    assert shop.calls == []


def test_a_hub_without_the_file_gives_way_to_the_packages(shop, tmp_path, quiet, hub_server):
    wanted = joined()
    from_hub = asset(wanted.name, FIRST + SECOND, HubFile("someone/model", "other.bin"), *wanted.sources)
    report = assets.pull(cache=tmp_path / "c", console=quiet, registry=listed(from_hub), hub=Hub(hub_server))
    assert report.ok
    assert shop.calls == ["one-1.0", "two-1.0"]


def test_an_unreachable_hub_is_asked_once(monkeypatch):
    hub, probes = Hub("http://127.0.0.1:9"), []
    monkeypatch.setattr(hub, "_probe", lambda: probes.append(1) or False)
    assert not hub.reachable()
    assert not hub.reachable()
    assert len(probes) == 1


@pytest.mark.models
def test_the_fetched_assets_are_whole(model_cache):
    report = assets.check(["whisper-base", "silero-vad"], model_cache)
    assert not report.missing

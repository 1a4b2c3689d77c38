"""Packs a wheel: wheel.py PACKAGE VERSION LICENSE DIRECTORY. A wheel is a zip file with four files about itself, so this
needs nothing but the standard library."""

import base64
import hashlib
import pathlib
import sys
import sysconfig
import zipfile

# Named like its module, so that `-p connex.pytest_plugin` does not load it a second time.
ENTRY_POINTS = "[pytest11]\nconnex.pytest_plugin = connex.pytest_plugin\n"


def main():
    package, version, licence, directory = pathlib.Path(sys.argv[1]), sys.argv[2], *map(pathlib.Path, sys.argv[3:])
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    tag = f"cp310-abi3-{platform}"
    info = f"connex-{version}.dist-info"
    files = {
        f"connex/{path.name}": path.read_bytes()
        for path in sorted(package.iterdir())
        if path.suffix in (".py", ".pyi", ".so") or path.name == "py.typed"
    }
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: connex\nVersion: {version}\n"
        "Summary: Embeddable policy-and-compliance engine\nLicense: Apache-2.0\nLicense-File: LICENSE\nRequires-Python: >=3.10\n"
    ).encode()
    files[f"{info}/LICENSE"] = licence.read_bytes()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: connex\nRoot-Is-Purelib: false\nTag: {tag}\n"
    ).encode()
    files[f"{info}/entry_points.txt"] = ENTRY_POINTS.encode()
    record = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(content)}\n")
    record.append(f"{info}/RECORD,,\n")
    files[f"{info}/RECORD"] = "".join(record).encode()

    for old in directory.glob("connex-*.whl"):
        old.unlink()
    with zipfile.ZipFile(directory / f"connex-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same bytes from the same files
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)


if __name__ == "__main__":
    main()

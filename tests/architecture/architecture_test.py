"""The house is built as its map says: a pure core, includes along the arrows, headers that stand alone, a C interface
that is C, and a shared library that exports nothing else."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORE, SHARED, CXX, CC = (os.environ[name] for name in ("CORE", "SHARED", "CXX", "CC"))
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]

# Which rooms a room may include from, besides itself and the public headers.
ARROWS = {
    "core": set(),
    "json": set(),
    "evidence": set(),
    "policy": {"json", "evidence"},
    "adapters": {"evidence"},
    "services": {"core", "json", "policy", "evidence"},
    "capi": {"services", "policy"},
    "cli": {"services", "policy", "json"},
}

# Libraries that only some rooms may touch.
LIBRARIES = {
    "boost/date_time/": {"core"},
    "boost/json": {"json", "policy", "services", "capi", "cli"},
    "valijson/": {"json"},
    "openssl/": {"evidence"},
    "sqlite3.h": {"adapters"},
    "fmt/": {"json", "policy", "evidence", "adapters", "services", "cli"},
    "CLI/": {"cli"},
}

# All that the core may ask of the world: memory, exceptions that abort, and pure functions of the C and C++ libraries.
PURE = re.compile(
    r"_Z(N9__gnu_cxx|N[VKRO]*S[ta]|St|S[abdiost]|TVN10__cxxabiv1|TISt|TVSt|TSSt|n[wa]m|d[la]Pv)"
    r"|_ZTI|_ZTV|__cxa_|__gxx_personality|_Unwind_|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__dso_handle|atexit$"
    r"|mem(cpy|move|set|cmp|chr|rchr|mem)$|str(len|cmp|ncmp)$|__(memcpy|memmove|memset)_chk$|bcmp$"
    r"|abort$|__popcountdi2$|__cpu_model$|__cpu_indicator_init$|(log|exp|pow|log2|log1p|floor|ceil|sqrt|round|lround)f?$|__asan|__ubsan|__tsan")
IMPURE = re.compile(
    r"chrono3_V2|system_clock|steady_clock|locale|random_device|basic_[io]?f?stream|ostream|istream|filebuf|thread|mutex"
    r"|condition_variable|this_thread|getenv|filesystem|8ios_base|3cout|3cerr|3cin")


def undefined(symbols):
    defined = {line.split()[-1] for line in symbols.splitlines() if re.match(r"^[0-9a-f]+ [A-TV-Zuvw] ", line)}
    wanted = {line.split()[-1] for line in symbols.splitlines() if re.match(r"^ +[Uw] ", line)}
    return wanted - defined


def impure(symbols):
    return sorted(name for name in undefined(symbols)
                  if IMPURE.search(name) or not PURE.match(name))


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found[1], found[2]


def sources(directory):
    return sorted(path for path in directory.rglob("*") if path.suffix in {".hpp", ".cpp", ".h", ".c", ".inc"})


class Purity(unittest.TestCase):
    def test_core_reaches_nothing(self):
        symbols = subprocess.run(["nm", CORE], capture_output=True, text=True, check=True).stdout
        self.assertGreater(len(undefined(symbols)), 0)
        self.assertEqual(impure(symbols), [])

    def test_the_test_can_fail(self):
        with tempfile.TemporaryDirectory() as directory:
            source = pathlib.Path(directory) / "impure.cpp"
            source.write_text("#include <chrono>\n#include <cstdlib>\n#include <fstream>\n"
                              "long now() { return std::chrono::system_clock::now().time_since_epoch().count(); }\n"
                              "char* home() { return std::getenv(\"HOME\"); }\n"
                              "bool there() { return std::ifstream(\"x\").good(); }\n"
                              "namespace connex::store { int open(); }\n"
                              "int reach() { return connex::store::open(); }\n")
            subprocess.run([CXX, "-std=c++20", "-c", source, "-o", source.with_suffix(".o")], check=True)
            symbols = subprocess.run(["nm", source.with_suffix(".o")], capture_output=True, text=True, check=True).stdout
        found = " ".join(impure(symbols))
        for name in ("system_clock", "getenv", "basic_ifstream", "connex5store4open"):
            self.assertIn(name, found)


class Readme(unittest.TestCase):
    def test_it_names_what_the_scripts_install(self):
        script = (ROOT / "tests" / "support" / "debian.sh").read_text(encoding="utf-8")
        installed = set(" ".join(re.findall(r'_packages="([^"]*)"', script)).replace("$test_packages", "").split())
        told = " ".join(re.findall(r"`([^`]*)`", (ROOT / "README.md").read_text(encoding="utf-8").split("## ")[1]))
        self.assertEqual(installed - set(told.split()), set())


class Arrows(unittest.TestCase):
    def test_every_room_is_on_the_map(self):
        rooms = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()} - {"install"}
        self.assertEqual(rooms, set(ARROWS))

    def test_the_page_of_the_house_tells_the_arrows(self):
        page = (ROOT / "src" / "README.md").read_text(encoding="utf-8")
        told = {room: set(filter(None, rooms.split(", ")))
                for room, rooms in re.findall(r"^\| `(\w+)` \|.*\| ?([\w, ]*?) ?\|$", page, re.M)}
        self.assertEqual({room: told.get(room) for room in ARROWS}, ARROWS)

    def test_includes_follow_the_arrows(self):
        wrong = []
        for room, allowed in ARROWS.items():
            for path in sources(ROOT / "src" / room):
                for number, kind, name in includes(path):
                    other = name.split("/")[0]
                    where = f"{path.relative_to(ROOT)}:{number}: {name}"
                    if kind == '"' and "/" in name and other not in allowed | {room, "connex"}:
                        wrong.append(where)
                    for library, users in LIBRARIES.items():
                        if name.startswith(library) and room not in users:
                            wrong.append(where)
                    if room == "core" and kind == "<" and "/" in name and not name.startswith(("boost/date_time/", "connex/")):
                        wrong.append(where)
        self.assertEqual(wrong, [])

    def test_public_headers_need_the_standard_library_alone(self):
        wrong = [f"{path.name}:{number}: {name}" for path in sources(ROOT / "include")
                 for number, kind, name in includes(path)
                 if not (name.startswith("connex/") or re.fullmatch(r"[a-z_0-9]+(\.h)?", name))]
        self.assertEqual(wrong, [])


class Bindings(unittest.TestCase):
    def test_they_see_the_c_interface_alone(self):
        seen = {(path.relative_to(ROOT).as_posix(), name) for path in sources(ROOT / "bindings")
                for _, kind, name in includes(path) if kind == '"'}
        self.assertEqual(seen, {("bindings/node/addon.c", "connex/connex.h"), ("bindings/python/_connex.c", "connex/connex.h")})

    def test_they_name_no_rule_no_command_and_no_clause(self):
        header = (ROOT / "include/connex/gates.hpp").read_text()
        names = set(re.findall(r'^inline constexpr Gate \w+\{\s*"([a-z_.]+)"', header, re.M))
        names |= set(re.findall(r'^    \{"([a-z]+_[a-z_]+)", "C', header, re.M))
        self.assertGreater(len(names), 60)
        spoken = re.compile(r'"""(.*?)"""|/\*(.*?)\*/|//[^\n]*|^ *#[^\n]*', re.M | re.S)  # documentation may
        for path in sorted((ROOT / "bindings").rglob("*")):
            if path.suffix not in {".c", ".js", ".mjs", ".py", ".pyi"} or "node_modules" in path.parts:
                continue
            text = spoken.sub("", path.read_text())
            self.assertEqual([name for name in names if name in text], [], path)
            self.assertIsNone(re.search(r"\bC\d+(\.\d+)?-[a-z]\b", text), path)


class Headers(unittest.TestCase):
    def compile(self, compiler, text, suffix, *flags):
        with tempfile.TemporaryDirectory() as directory:
            source = pathlib.Path(directory) / ("alone" + suffix)
            source.write_text(text)
            done = subprocess.run([compiler, "-fsyntax-only", f"-I{ROOT / 'include'}", *flags, source],
                                  capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_each_public_header_stands_alone(self):
        for path in sources(ROOT / "include"):
            name = path.relative_to(ROOT / "include")
            with self.subTest(header=str(name)):
                self.compile(CXX, f"#include <{name}>\n#include <{name}>\nint main() {{}}\n", ".cpp", "-std=c++20", *STRICT)

    def test_the_c_interface_is_c(self):
        text = "#include <connex/connex.h>\nint main(void) { return 0; }\n"
        for standard in ("c99", "c11", "c17"):
            with self.subTest(standard=standard):
                self.compile(CC, text, ".c", f"-std={standard}", "-pedantic-errors", "-Wstrict-prototypes", *STRICT)
        self.compile(CXX, text.replace("(void)", "()"), ".cpp", "-std=c++20", "-pedantic-errors", *STRICT)


class Symbols(unittest.TestCase):
    def test_exports_are_those_on_file(self):
        output = subprocess.run(["nm", "-D", "--defined-only", SHARED], capture_output=True, text=True, check=True).stdout
        exported = sorted(line.split()[-1].split("@")[0] for line in output.splitlines() if " A " not in line)
        on_file = (pathlib.Path(__file__).parent / "connex_c.symbols").read_text().split()
        self.assertEqual(exported, on_file)

    def test_every_declared_function_is_exported(self):
        header = (ROOT / "include/connex/connex.h").read_text()
        declared = set(re.findall(r"^CONNEX_API [^;(]*?\b(connex_\w+)\(", header, re.M))
        on_file = set((pathlib.Path(__file__).parent / "connex_c.symbols").read_text().split())
        self.assertEqual(declared, on_file)


if __name__ == "__main__":
    unittest.main()

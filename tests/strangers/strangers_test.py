"""Projects of strangers build against what is installed, and against the sources, and run."""

import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
BUILD = os.environ["CONNEX_BUILD"]


def run(*args, **more):
    done = subprocess.run([str(arg) for arg in args], capture_output=True, text=True, timeout=900, **more)
    if done.returncode != 0:
        raise AssertionError("%s\n%s%s" % (args, done.stdout, done.stderr))
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.prefix = pathlib.Path(cls.directory.name) / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_find_package(self):
        build = self.prefix.parent / "find_package"
        run("cmake", "-S", HERE / "find_package", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_BUILD_TYPE=Release")
        commands = run("ninja", "-C", build, "-v")
        self.assertNotIn("-Wshadow", commands, "the project's own warnings leak to strangers")
        for program in ("host", "gates_only", "host_c"):
            run(build / program)

    def test_pkg_config_and_plain_c(self):
        libraries = next(self.prefix.glob("lib*/**/pkgconfig"))
        environment = dict(os.environ, PKG_CONFIG_PATH=str(libraries))
        text = (libraries / "connex.pc").read_text()
        (libraries / "connex.pc").write_text("\n".join(
            f"prefix={self.prefix}" if line.startswith("prefix=") else line for line in text.splitlines()) + "\n")
        flags = run("pkg-config", "--cflags", "--libs", "connex", env=environment).split()
        program = self.prefix.parent / "host_c"
        run("cc", "-std=c99", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", HERE / "host.c", "-o", program, *flags)
        run(program, env=dict(os.environ, LD_LIBRARY_PATH=str(libraries.parent)))

    def test_the_tool_is_installed(self):
        self.assertIn("0.1.0", run(self.prefix / "bin" / "connex", "--version"))


class FromSource(unittest.TestCase):
    def test_add_subdirectory(self):
        with tempfile.TemporaryDirectory() as directory:
            run("cmake", "-S", HERE / "add_subdirectory", "-B", directory, "-G", "Ninja", f"-DCONNEX_SOURCE={SOURCE}",
                "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", "-DCMAKE_C_COMPILER_LAUNCHER=ccache")
            run("ninja", "-C", directory)
            for program in ("host", "host_c"):
                run(pathlib.Path(directory) / program)


if __name__ == "__main__":
    unittest.main()

"""Projects of strangers build against what is installed, and against the sources, and run."""

import json
import os
import pathlib
import re
import shutil
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


def readme_program(language):
    """The start that the README gives in a language."""
    return re.search(rf"^```{language}\n(.*?)^```$", (SOURCE / "README.md").read_text(), re.M | re.S)[1]


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.work = pathlib.Path(directory.name)
        cls.prefix = cls.work / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        packages = next(cls.prefix.glob("lib*/**/pkgconfig"))
        cls.environment = dict(os.environ, PKG_CONFIG_PATH=str(packages), LD_LIBRARY_PATH=str(packages.parent))

    def configure(self, project, *options):
        build = self.work / project
        run("cmake", "-S", HERE / project, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_BUILD_TYPE=Release", *options)
        return build

    def compile(self, compiler, source, package, *options):
        flags = run("pkg-config", "--cflags", "--libs", package, env=self.environment).split()
        program = source.with_suffix("")
        run(compiler, *options, "-Wall", "-Wextra", "-Werror", source, "-o", program, *flags)
        return program

    def test_find_package(self):
        build = self.configure("find_package")
        commands = run("ninja", "-C", build, "-v")
        for ours in ("-Wshadow", "-Wconversion", "-fvisibility"):
            self.assertNotIn(ours, commands, "a flag of the project's own leaks to strangers")
        for program in ("host", "gates_only", "host_c"):
            run(build / program)

    def test_the_c_library_and_the_core_need_no_other_package(self):
        build = self.configure("components", "-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON",
                               "-DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON")
        run("ninja", "-C", build)
        for program in ("gates_only", "host_c"):
            run(build / program)

    def test_pkg_config_and_plain_c(self):
        for name, text in (("host", (HERE / "host.c").read_text()), ("readme", readme_program("c"))):
            for package in ("connex", "connex-static"):
                with self.subTest(program=name, package=package):
                    source = self.work / f"{name}_{package}.c"
                    source.write_text(text)
                    run(self.compile("cc", source, package, "-std=c99", "-pedantic-errors"), env=self.environment)

    def test_the_readme_in_cpp(self):
        source = self.work / "readme.cpp"
        source.write_text(readme_program("cpp"))
        said = run(self.compile("c++", source, "connex-static", "-std=c++20"), cwd=self.work)
        self.assertRegex(said, r'^not booked\n\{"ok":true,')

    def test_the_readme_in_cmake(self):
        project = self.work / "readme_cmake"
        project.mkdir()
        (project / "host.cpp").write_text(readme_program("cpp"))
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(host CXX)\nadd_executable(host host.cpp)\n" + readme_program("cmake"))
        run("cmake", "-S", project, "-B", project / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("ninja", "-C", project / "build")
        self.assertTrue(run(project / "build" / "host", cwd=self.work).startswith("not booked\n"))

    def test_the_tool_is_installed(self):
        packaged = run("pkg-config", "--modversion", "connex", env=self.environment).strip()
        self.assertIn(packaged, run(self.prefix / "bin" / "connex", "--version"))
        self.assertEqual(json.loads((self.prefix / "share/connex/pack.schema.json").read_text())["type"], "object")
        self.assertIn("Apache License", (self.prefix / "share/doc/connex/LICENSE").read_text())


class FromSource(unittest.TestCase):
    def test_add_subdirectory(self):
        with tempfile.TemporaryDirectory() as directory:
            ccache = shutil.which("ccache")
            launcher = [f"-DCMAKE_{language}_COMPILER_LAUNCHER={ccache}" for language in ("C", "CXX") if ccache]
            run("cmake", "-S", HERE / "add_subdirectory", "-B", directory, "-G", "Ninja", f"-DCONNEX_SOURCE={SOURCE}",
                "-DCMAKE_BUILD_TYPE=Release", *launcher)
            run("ninja", "-C", directory)
            for program in ("host", "host_c"):
                run(pathlib.Path(directory) / program)


if __name__ == "__main__":
    unittest.main()

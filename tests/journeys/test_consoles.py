"""The terminal that documents are run in does what a terminal does."""

from __future__ import annotations

import signal

from tests.journeys.consoles import blocks_of, commands_of

DOCUMENT = """
Text.

```console
$ echo one \\
    two
one two
$ cat nothing
cat: nothing: No such file or directory
$ echo never
```

```sh
$ echo not a console
```

```console
$ pwd
```
"""


def test_only_console_blocks_and_their_commands_are_read():
    first, second = blocks_of(DOCUMENT)
    assert commands_of(first) == ["echo one two", "cat nothing", "echo never"]
    assert commands_of(second) == ["pwd"]


def test_a_block_runs_until_a_command_fails(console):
    typed = console.run(blocks_of(DOCUMENT)[0])
    assert [one.status for one in typed] == [0, 1]
    assert typed[0].output == "one two\n"
    assert "nothing" in typed[1].output


def test_commands_run_in_the_console_s_folder_with_the_tested_weir(console):
    assert console.type("pwd").output.strip() == str(console.folder)
    assert console.type("weir --version").output.startswith("weir ")


def test_what_runs_in_the_background_goes_on_until_it_is_stopped(console):
    started = console.type(
        "bash -c 'echo it is up at once; trap \"exit 7\" INT; sleep 60 & wait' &"
    )
    assert "it is up at once" in started.output
    assert console.stop(signal.SIGINT).status == 7


def test_what_ends_in_the_background_at_once_says_how(console):
    assert console.type("false &").status == 1

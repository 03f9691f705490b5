"""Key file created by several processes at once."""

import asyncio
import sys
from pathlib import Path

from store.connections.encryption import load_cipher

SEAL = """
import sys
from pathlib import Path
from store.connections.encryption import load_cipher
print(load_cipher(Path(sys.argv[1])).encrypt("hush", b"a").hex())
"""


async def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    command = (sys.executable, "-c", SEAL, str(tmp_path))
    started = [
        await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE) for _ in range(4)
    ]
    ciphertexts = [(await process.communicate())[0].decode() for process in started]
    cipher = load_cipher(tmp_path)
    assert [cipher.decrypt(bytes.fromhex(text), b"a") for text in ciphertexts] == ["hush"] * 4

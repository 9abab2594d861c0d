"""A hub on loopback with the few answers that huggingface_hub asks for when it downloads a model."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextlib.contextmanager
def toy_hub(models: dict[str, Path], *, gated: frozenset[str] = frozenset()) -> Iterator[str]:
    """Serve folders as models 'maker/name'; yields the address. gated ones answer 403 as the hub does."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            parts = urlsplit(self.path).path.strip("/").split("/")
            at = 2 if parts[0] == "api" else 0
            name = "/".join(parts[at : at + 2])
            if name in gated:
                return self._send(403, b"{}", body, {"X-Error-Code": "GatedRepo", "X-Error-Message": "gated"})
            if name not in models:
                return self._send(404, b"{}", body, {"X-Error-Code": "RepoNotFound"})
            if parts[0] == "api":
                return self._send(200, self._listing(name, "tree" in parts), body, {})
            path = models[name].joinpath(*parts[4:])
            if not path.is_file():
                return self._send(404, b"", body, {"X-Error-Code": "EntryNotFound"})
            data = path.read_bytes()
            etag = hashlib.sha1(data).hexdigest()
            self._send(200, data, body, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

        def _listing(self, name: str, tree: bool) -> bytes:
            files = sorted(p for p in models[name].rglob("*") if p.is_file())
            if tree:
                return json.dumps(
                    [{"type": "file", "oid": "0" * 40, **self._row(name, p, "path")} for p in files]
                ).encode()
            siblings = [self._row(name, p, "rfilename") for p in files]
            return json.dumps({"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings}).encode()

        def _row(self, name: str, path: Path, key: str) -> dict[str, object]:
            return {key: path.relative_to(models[name]).as_posix(), "size": path.stat().st_size}

        def _send(self, status: int, data: bytes, body: bool, headers: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

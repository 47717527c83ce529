"""Packages the deployment as `sam deploy` would, offline: nested templates and code must be found and be uploaded.

    python infra/package.py .venv/bin/sam

Works on a copy with empty binaries; uploads go to a bucket that is a web server in this process.
"""

import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

INFRA = Path(__file__).resolve().parent


class Bucket(http.server.BaseHTTPRequestHandler):
    """Takes every object, and has none."""

    uploads = 0

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("ETag", '"0"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self) -> None:
        self.answer(404 if self.path.count("/") > 1 else 200)

    def do_GET(self) -> None:
        self.answer(404)

    def do_PUT(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self.rfile.read(size + 2)
            while self.rfile.readline().strip():
                pass
        else:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        type(self).uploads += 1
        self.answer(200)

    def log_message(self, *_: object) -> None:
        pass


def main(sam: str) -> int:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "infra")
        templates = [path.relative_to(INFRA) for path in sorted(INFRA.glob("*.yaml")) + sorted(INFRA.glob("*/*.yaml"))]
        binaries = set()
        for template in templates:
            (copy / template).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(INFRA / template, copy / template)
            binaries |= set(re.findall(r"/target/lambda/([^/\s]+)/", (INFRA / template).read_text(encoding="utf-8")))
        for binary in binaries:
            Path(folder, "target", "lambda", binary).mkdir(parents=True)
            # Each of its own content: what is the same is uploaded once.
            Path(folder, "target", "lambda", binary, "bootstrap").write_text(binary, encoding="utf-8")
        packaged = Path(folder, "packaged.yaml")
        environment = {
            "AWS_DEFAULT_REGION": "us-east-1",
            **os.environ,
            "SAM_CLI_TELEMETRY": "0",
            "AWS_ACCESS_KEY_ID": "offline",
            "AWS_SECRET_ACCESS_KEY": "offline",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
        }
        command = [os.path.abspath(sam), "package", "--template-file", str(copy / "template.yaml"), "--s3-bucket", "offline"]
        command += ["--output-template-file", str(packaged), "--no-progressbar"]
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout, done.stderr, file=sys.stderr)
            return done.returncode
        places = re.findall(r"^\s*(?:CodeUri|TemplateURL): (\S+)$", packaged.read_text(encoding="utf-8"), re.M)
        local = [place for place in places if not place.startswith(("s3://", "http"))]
    print(f"{len(binaries)} binaries and {len(templates) - 1} nested templates: {Bucket.uploads} uploads")
    for place in local:
        print(f"not uploaded: {place}", file=sys.stderr)
    return int(bool(local) or not places or Bucket.uploads < len(binaries) + len(templates) - 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
